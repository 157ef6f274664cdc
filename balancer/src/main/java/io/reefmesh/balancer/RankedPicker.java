package io.reefmesh.balancer;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks the node with the smallest rank; among equal ranks the one whose last turn is longest ago.
 * A strategy says what the rank is. Nodes without room keep their turn and take no part, so nothing
 * is ever searched past them.
 */
abstract class RankedPicker implements NodePicker {

  private final PickerIds ids = new PickerIds();

  /** By rank, then by turn: no two nodes have the same. */
  private final PickerTournament order = new PickerTournament();

  private int withRoom;
  private long turns;

  /** How far back a node stands: 0 or more, never NaN. */
  abstract double rank(Candidate candidate);

  @Override
  public final void put(Candidate candidate) {
    int number = ids.find(candidate.nodeId());
    if (number == PickerIds.UNKNOWN) {
      number = ids.add(candidate.nodeId());
      order.reserve(number);
      order.set(number, PickerTournament.ABSENT, ++turns);
    }
    long rank = candidate.hasRoom() ? comparable(rank(candidate)) : PickerTournament.ABSENT;
    long before = order.first(number);
    if (rank != before) {
      count(before, -1);
      count(rank, 1);
      order.set(number, rank, order.second(number));
    }
  }

  @Override
  public final void remove(String nodeId) {
    int number = ids.remove(nodeId);
    if (number != PickerIds.UNKNOWN) {
      count(order.first(number), -1);
      order.set(number, PickerTournament.ABSENT, Long.MAX_VALUE);
    }
  }

  @Override
  public final @Nullable String pick(long key, Set<String> avoid) {
    int number = order.top();
    if (number == PickerTournament.NONE) {
      return null;
    }
    if (!avoid.isEmpty() && avoid.contains(ids.id(number))) {
      return pickPast(number, avoid);
    }
    return take(number);
  }

  @Override
  public final boolean hasRoom() {
    return withRoom > 0;
  }

  /** How many places were compared so far. */
  final long looks() {
    return order.looks();
  }

  private @Nullable String take(int number) {
    order.passTop(++turns);
    return ids.use(number);
  }

  /** Those to avoid stand aside until another is found, and come back as they were. */
  private @Nullable String pickPast(int first, Set<String> avoid) {
    int[] aside = new int[avoid.size()];
    long[] ranks = new long[avoid.size()];
    int count = 0;
    int number = first;
    while (number != PickerTournament.NONE && avoid.contains(ids.id(number))) {
      aside[count] = number;
      ranks[count++] = order.first(number);
      order.set(number, PickerTournament.ABSENT, order.second(number));
      number = order.top();
    }
    String picked = number == PickerTournament.NONE ? null : take(number);
    for (int i = 0; i < count; i++) {
      order.set(aside[i], ranks[i], order.second(aside[i]));
    }
    return picked;
  }

  private void count(long rank, int change) {
    if (rank != PickerTournament.ABSENT) {
      withRoom += change;
    }
  }

  /** The bits of numbers that are not negative are in the order of the numbers; there is no -0. */
  private static long comparable(double rank) {
    return Double.doubleToRawLongBits(rank + 0.0);
  }

  /**
   * The part of its slots that a node has in use, 0 when empty; over 1 when slots were taken away.
   */
  static double shareInUse(Candidate candidate) {
    return (double) candidate.inFlight() / Math.max(1, candidate.slots());
  }
}
