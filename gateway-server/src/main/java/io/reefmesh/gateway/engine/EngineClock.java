package io.reefmesh.gateway.engine;

import java.util.function.LongSupplier;

/**
 * The engine's time: it starts at the wall clock or, if that is behind, at the last durable time, and
 * goes on with the monotonic clock. So it never runs backwards, not even over a restart.
 */
public final class EngineClock {

  private final long startMillis;
  private final long startNanos;
  private final LongSupplier nanos;

  /**
   * @param wallMillis the wall clock now
   * @param lastDurableMillis the highest time that the store has
   * @param nanos a monotonic clock
   */
  public EngineClock(long wallMillis, long lastDurableMillis, LongSupplier nanos) {
    this.startMillis = Math.max(wallMillis, lastDurableMillis + 1);
    this.nanos = nanos;
    this.startNanos = nanos.getAsLong();
  }

  /** Epoch milliseconds. */
  public long nowMillis() {
    return startMillis + (nanos.getAsLong() - startNanos) / 1_000_000;
  }

  /** When it was made. */
  public long startMillis() {
    return startMillis;
  }
}
