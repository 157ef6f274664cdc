package io.reefmesh.bench.micro;

import io.reefmesh.balancer.NodePicker;
import io.reefmesh.balancer.NodePicker.Candidate;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A picker at work: half of all slots are in use, each pick takes one more, and the one that was
 * taken longest ago is given back. Not thread-safe.
 */
public final class PickerRound {

  private static final int SLOTS = 8;

  private final NodePicker picker;
  private final Map<String, Integer> numberById = new HashMap<>();
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
      ids[i] = "node-" + i;
      numberById.put(ids[i], i);
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
    Integer number = id == null ? null : numberById.get(id);
    if (number == null) {
      throw new IllegalStateException("half of the slots are free, and no node was picked");
    }
    inFlight[number]++;
    put(number);
    return number;
  }

  private void put(int i) {
    picker.put(
        new Candidate(
            ids[i], inFlight[i] < SLOTS, inFlight[i], SLOTS, 1 + i % 10, (i % 7) / 10.0, 0.3));
  }
}
