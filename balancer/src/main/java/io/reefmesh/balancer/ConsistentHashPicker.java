package io.reefmesh.balancer;

import com.google.common.hash.Hashing;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks the same node for the same key, whoever asks and however often: a ring with few points per
 * node and many probes per key (multi-probe consistent hashing, Appleton and O'Reilly, 2015). A key
 * goes to the node whose point is the shortest way ahead of any of its probes.
 *
 * <p>Only nodes with room stand on the ring. When one leaves it, its keys move, each to the next
 * nearest point, and no other key does; when it has room again, exactly those come back. With n
 * nodes each has about 1/n of the keys, few more than a tenth above it.
 *
 * <p>A join and a leave move {@value #POINTS} points, a pick looks for {@value #PROBES}, each at a
 * cost that does not grow with the ring (see {@link PickerRing}); a node to avoid costs one more
 * each time a probe meets it. Positions depend on nothing but node ids, so every gateway builds the
 * same ring, and a restart changes nothing.
 */
final class ConsistentHashPicker implements NodePicker {

  /** Points of a node on the ring: with these few, no node of a small mesh is left without keys. */
  private static final int POINTS = 4;

  /** Points are looked for from these many places per key: what evens out the gaps. */
  private static final int PROBES = 16;

  private static final int NOWHERE = -1;

  private final PickerIds ids = new PickerIds();
  private final PickerRing ring = new PickerRing(this::isIdBefore);

  /** By number: what a node's positions come from. */
  private long[] hashes = new long[0];

  private boolean[] onRing = new boolean[0];

  @Override
  public void put(Candidate candidate) {
    int number = ids.find(candidate.nodeId());
    if (number == PickerIds.UNKNOWN) {
      number = add(candidate.nodeId());
    }
    stand(number, candidate.hasRoom());
  }

  @Override
  public void remove(String nodeId) {
    int number = ids.find(nodeId);
    if (number != PickerIds.UNKNOWN) {
      stand(number, false);
      ids.remove(nodeId);
    }
  }

  @Override
  public @Nullable String pick(long key, Set<String> avoid) {
    if (ring.isEmpty()) {
      return null;
    }
    long mixed = Mix64.of(key);
    int nearest = NOWHERE;
    long shortest = 0;
    for (int i = 1; i <= PROBES; i++) {
      long place = Mix64.of(mixed + i * Mix64.STEP);
      int point = ring.from(place);
      if (!avoid.isEmpty()) {
        point = past(point, avoid);
        if (point == NOWHERE) {
          return null;
        }
      }
      long way = ring.way(place, point);
      if (nearest == NOWHERE || Long.compareUnsigned(way, shortest) < 0) {
        nearest = point;
        shortest = way;
      }
    }
    return ids.use(ring.owner(nearest));
  }

  @Override
  public boolean hasRoom() {
    return !ring.isEmpty();
  }

  /** How many spots of the ring were looked at so far. */
  long looks() {
    return ring.looks();
  }

  /**
   * The walk ends after as many points as the avoided nodes can have: it is round the ring then.
   */
  private int past(int from, Set<String> avoid) {
    int point = from;
    int skips = POINTS * avoid.size();
    while (avoid.contains(ids.id(ring.owner(point)))) {
      if (skips-- == 0) {
        return NOWHERE;
      }
      point = ring.after(point);
    }
    return point;
  }

  private int add(String id) {
    int number = ids.add(id);
    if (number >= hashes.length) {
      hashes = Arrays.copyOf(hashes, Math.max(16, 2 * number));
      onRing = Arrays.copyOf(onRing, hashes.length);
    }
    hashes[number] = Hashing.murmur3_128().hashUnencodedChars(id).asLong();
    return number;
  }

  private void stand(int number, boolean wanted) {
    if (onRing[number] == wanted) {
      return;
    }
    onRing[number] = wanted;
    for (int i = 0; i < POINTS; i++) {
      long place = Mix64.of(hashes[number] + i * Mix64.STEP);
      if (wanted) {
        ring.enter(place, number);
      } else {
        ring.leave(place, number);
      }
    }
  }

  private boolean isIdBefore(int a, int b) {
    return ids.id(a).compareTo(ids.id(b)) < 0;
  }
}
