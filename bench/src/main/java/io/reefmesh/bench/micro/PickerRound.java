package io.reefmesh.bench.micro;

import io.reefmesh.balancer.NodePicker;
import io.reefmesh.balancer.NodePicker.Candidate;
import java.util.Set;

/**
 * A picker at work: half of all slots are in use, each pick takes one more, and the one that was
 * taken longest ago is given back. Not thread-safe.
 *
 * <p>What is measured is one pick and the two reports that belong to it, each with the candidate
 * that a caller makes for it. A caller also finds its own node by the id that was picked; that is
 * not the picker's time, and a map for it would compete with the picker for the processor's caches
 * the more nodes there are. So an id here says its number in three letters, for few nodes as for
 * many, and reading it is all that is left of that.
 */
public final class PickerRound {

  private static final String PREFIX = "node-";
  private static final int SLOTS = 8;

  private final NodePicker picker;
  private final String[] ids;
  private final int[] inFlight;
  private final int[] taken;
  private int oldest;
  private long key;

  /** Puts the nodes in and fills half of their slots. */
  public PickerRound(NodePicker picker, int nodes) {
    this.picker = picker;
    this.ids = new String[nodes];
    this.inFlight = new int[nodes];
    this.taken = new int[nodes * SLOTS / 2];
    for (int i = 0; i < nodes; i++) {
      ids[i] = id(i);
      put(i);
    }
    for (int i = 0; i < taken.length; i++) {
      taken[i] = take();
    }
  }

  /**
   * One pick, and what follows it.
   *
   * @return the node's number
   */
  public int pickOne() {
    int freed = taken[oldest];
    inFlight[freed]--;
    put(freed);
    int next = take();
    taken[oldest] = next;
    oldest = oldest + 1 == taken.length ? 0 : oldest + 1;
    return next;
  }

  private int take() {
    String id = picker.pick(key++ * 0x9E3779B97F4A7C15L, Set.of());
    if (id == null) {
      throw new IllegalStateException("half of the slots are free, and no node was picked");
    }
    int number = number(id);
    inFlight[number]++;
    put(number);
    return number;
  }

  private void put(int i) {
    picker.put(
        new Candidate(
            ids[i], inFlight[i] < SLOTS, inFlight[i], SLOTS, 1 + i % 10, (i % 7) / 10.0, 0.3));
  }

  private static String id(int number) {
    return PREFIX + letter(number >> 10) + letter(number >> 5) + letter(number);
  }

  private static char letter(int fiveBits) {
    return (char) ('@' | (fiveBits & 31));
  }

  private static int number(String id) {
    int at = PREFIX.length();
    return (fiveBits(id.charAt(at)) << 10)
        | (fiveBits(id.charAt(at + 1)) << 5)
        | fiveBits(id.charAt(at + 2));
  }

  private static int fiveBits(char letter) {
    return letter & 31;
  }
}
