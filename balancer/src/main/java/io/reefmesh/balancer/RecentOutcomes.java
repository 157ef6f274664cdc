package io.reefmesh.balancer;

/**
 * Which attempt gave the outcome of lately ended tasks, to answer results that come again. A table
 * of fixed size: an outcome has a few places that it may take, and takes the one that was written
 * longest ago.
 */
final class RecentOutcomes {

  private static final int SETS = 1 << 14;
  private static final int WAYS = 4;

  /** 0: nothing. No task has the id 0, which would be of the year 1970. */
  private final long[] ids = new long[SETS * WAYS];

  private final int[] attempts = new int[SETS * WAYS];
  private final byte[] nextWay = new byte[SETS];

  /** Remembers an outcome; {@code attempt} 0: no attempt gave it. */
  void remember(TaskId id, int attempt) {
    int set = setOf(id);
    int place = set * WAYS + nextWay[set];
    nextWay[set] = (byte) ((nextWay[set] + 1) % WAYS);
    ids[place] = id.value();
    attempts[place] = attempt;
  }

  Effect.Ack.Status statusOf(TaskId id, int attempt) {
    int first = setOf(id) * WAYS;
    for (int place = first; place < first + WAYS; place++) {
      if (ids[place] == id.value()) {
        return attempts[place] == attempt ? Effect.Ack.Status.RECORDED : Effect.Ack.Status.STALE;
      }
    }
    return Effect.Ack.Status.UNKNOWN;
  }

  private static int setOf(TaskId id) {
    return (int) (Mix64.of(id.value()) & (SETS - 1));
  }
}
