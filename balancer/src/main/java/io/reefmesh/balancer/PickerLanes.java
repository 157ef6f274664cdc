package io.reefmesh.balancer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The lanes of all strides in use, and which of those whose first node is eligible has the earliest
 * deadline.
 *
 * <p>Lanes stand in the order of their strides in blocks of {@value #BLOCK}; a block is passed over
 * when its earliest time is in the future or its earliest deadline is no better than what was
 * found. Neighbours have similar strides and so are due at similar times: of many lanes few blocks
 * are looked into. There are at most two lanes per weight, so at most 2,000, however many nodes
 * there are. A lane more or less copies what is known of them all. Not thread-safe.
 */
final class PickerLanes {

  private static final int BLOCK_BITS = 4;
  private static final int BLOCK = 1 << BLOCK_BITS;
  private static final long NEVER = PickerTournament.ABSENT;

  private PickerLane[] lanes = new PickerLane[0];

  /** By lane: of its first node. */
  private long[] times = new long[0];

  private long[] deadlines = new long[0];
  private long[] turns = new long[0];

  /** By block: the earliest of its lanes; {@link Long#MIN_VALUE} when a lane has changed since. */
  private long[] blockTimes = new long[0];

  private long[] blockDeadlines = new long[0];

  private long looks;

  /** The lane to pick from at a virtual time; null when no node is eligible. */
  @Nullable PickerLane soonest(long now) {
    int best = -1;
    long deadline = NEVER;
    for (int block = 0; block < blockTimes.length; block++) {
      looks++;
      if (blockTimes[block] <= now && blockDeadlines[block] <= deadline) {
        best = soonestOf(block, now, best);
        deadline = best < 0 ? NEVER : deadlines[best];
      }
    }
    return best < 0 ? null : lanes[best];
  }

  /** Learns that the first node of a lane may be another, or have other times. */
  void changed(PickerLane lane) {
    int at = lane.index;
    boolean empty = lane.order.top() == PickerTournament.NONE;
    times[at] = empty ? NEVER : lane.order.topFirst();
    deadlines[at] = empty ? NEVER : times[at] + lane.stride;
    turns[at] = lane.order.topSecond();
    blockTimes[at >> BLOCK_BITS] = Long.MIN_VALUE;
    blockDeadlines[at >> BLOCK_BITS] = Long.MIN_VALUE;
  }

  /** Adds a lane; no other has its stride. */
  void add(PickerLane lane) {
    int at = lanes.length;
    lanes = Arrays.copyOf(lanes, at + 1);
    while (at > 0 && lanes[at - 1].stride > lane.stride) {
      lanes[at] = lanes[at - 1];
      at--;
    }
    lanes[at] = lane;
    renumber();
  }

  /** Takes a lane out. */
  void remove(PickerLane lane) {
    looks += lane.order.looks();
    System.arraycopy(lanes, lane.index + 1, lanes, lane.index, lanes.length - lane.index - 1);
    lanes = Arrays.copyOf(lanes, lanes.length - 1);
    lane.index = -1;
    renumber();
  }

  /** Moves all times of all lanes back. */
  void lowerTimes(long by) {
    for (PickerLane lane : lanes) {
      lane.order.lowerFirst(by);
      changed(lane);
    }
  }

  /** How many blocks, lanes and places in lanes were looked at so far. */
  long looks() {
    long sum = looks;
    for (PickerLane lane : lanes) {
      sum += lane.order.looks();
    }
    return sum;
  }

  private int soonestOf(int block, long now, int bestSoFar) {
    int best = bestSoFar;
    long blockTime = NEVER;
    long blockDeadline = NEVER;
    int end = Math.min(lanes.length, (block + 1) << BLOCK_BITS);
    for (int i = block << BLOCK_BITS; i < end; i++) {
      blockTime = Math.min(blockTime, times[i]);
      blockDeadline = Math.min(blockDeadline, deadlines[i]);
      if (times[i] <= now && (best < 0 || isBefore(i, best))) {
        best = i;
      }
    }
    looks += end - (block << BLOCK_BITS);
    blockTimes[block] = blockTime;
    blockDeadlines[block] = blockDeadline;
    return best;
  }

  private boolean isBefore(int a, int b) {
    return deadlines[a] != deadlines[b] ? deadlines[a] < deadlines[b] : turns[a] < turns[b];
  }

  private void renumber() {
    int blocks = (lanes.length + BLOCK - 1) >> BLOCK_BITS;
    times = new long[lanes.length];
    deadlines = new long[lanes.length];
    turns = new long[lanes.length];
    blockTimes = new long[blocks];
    blockDeadlines = new long[blocks];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i].index = i;
      changed(lanes[i]);
    }
  }
}
