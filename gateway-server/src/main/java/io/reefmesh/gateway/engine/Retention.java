package io.reefmesh.gateway.engine;

import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Forgets ended tasks by age and number, in slices between the engine's rounds. After each slice it
 * rests three times as long as the slice took, so it never has more than a quarter of the engine's
 * time; with nothing to forget it looks again every {@link #REST_MILLIS} ms. Owned by the engine's
 * thread.
 */
final class Retention {

  /** Tasks forgotten in one transaction: some milliseconds on a disk that is not asleep. */
  static final int SLICE = 200;

  /** How long it rests when there was nothing to forget. */
  static final long REST_MILLIS = 5_000;

  private static final long LEAST_REST_MILLIS = 10;
  private static final int RESTS_PER_SLICE = 3;

  private final TaskStore store;
  private final WriteLease lease;
  private final RetentionRules rules;
  private final LongSupplier nanos;
  private long nextMillis;

  /**
   * @param nanos a monotonic clock, to measure slices by
   */
  Retention(TaskStore store, WriteLease lease, RetentionRules rules, LongSupplier nanos) {
    this.store = store;
    this.lease = lease;
    this.rules = rules;
    this.nanos = nanos;
  }

  /** When {@link #run} has something to do next. */
  long nextMillis() {
    return nextMillis;
  }

  /** Forgets one slice, if it is time. */
  void run(long nowMillis) {
    if (nowMillis < nextMillis) {
      return;
    }
    long began = nanos.getAsLong();
    int forgotten = store.expire(lease, nowMillis - rules.age().toMillis(), rules.count(), SLICE);
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - began);
    nextMillis =
        nowMillis
            + (forgotten == 0
                ? REST_MILLIS
                : Math.max(LEAST_REST_MILLIS, (1 + RESTS_PER_SLICE) * tookMillis));
  }
}
