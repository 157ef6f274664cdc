package io.reefmesh.gateway.engine;

import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Forgets ended tasks by age and number, in slices between the engine's rounds. After each slice it
 * rests three times as long as the slice took, so it never has more than a quarter of the engine's
 * time; with nothing to forget it looks again every {@link #REST_MILLIS} ms. While there is more to
 * forget than a slice takes, slices grow, for the disk is waited for once in each, as long as one
 * takes no more than {@link #SLICE_MILLIS} ms. Owned by the engine's thread.
 */
final class Retention {

  /** Tasks forgotten in one transaction, to begin with. */
  static final int SLICE = 200;

  /** The same, at most. */
  static final int LARGEST_SLICE = 3_200;

  /** What a slice may keep everybody else waiting for; the smallest may take what it takes. */
  static final long SLICE_MILLIS = 8;

  /** How long it rests when there was nothing to forget. */
  static final long REST_MILLIS = 5_000;

  private static final long LEAST_REST_MILLIS = 10;
  private static final int RESTS_PER_SLICE = 3;

  private final TaskStore store;
  private final WriteLease lease;
  private final RetentionRules rules;
  private final LongSupplier nanos;
  private long nextMillis;
  private int slice = SLICE;

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
    int forgotten = store.expire(lease, nowMillis - rules.age().toMillis(), rules.count(), slice);
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - began);
    slice = nextSlice(forgotten, tookMillis);
    nextMillis =
        nowMillis
            + (forgotten == 0
                ? REST_MILLIS
                : Math.max(LEAST_REST_MILLIS, (1 + RESTS_PER_SLICE) * tookMillis));
  }

  private int nextSlice(int forgotten, long tookMillis) {
    if (tookMillis > SLICE_MILLIS) {
      return Math.max(SLICE, slice / 2);
    }
    boolean thereIsMore = forgotten == slice;
    if (!thereIsMore) {
      return Math.max(SLICE, forgotten);
    }
    return 2 * tookMillis > SLICE_MILLIS ? slice : Math.min(2 * slice, LARGEST_SLICE);
  }
}
