package io.reefmesh.gateway.engine;

import java.util.function.LongSupplier;

/**
 * The engine's time: it starts at the wall clock or, if that is behind, at the last durable time,
 * and goes on with the monotonic clock. So it never runs backwards, not even over a restart.
 * Thread-safe.
 */
public final class EngineClock {

  private final long startNanos;
  private final LongSupplier nanos;
  private volatile long startMillis;

  /**
   * @param wallMillis the wall clock now
   * @param nanos a monotonic clock
   */
  public EngineClock(long wallMillis, LongSupplier nanos) {
    this.startMillis = wallMillis;
    this.nanos = nanos;
    this.startNanos = nanos.getAsLong();
  }

  /** The store has records up to this time: go on behind it. Called before the engine starts. */
  public void goOnAfter(long lastDurableMillis) {
    long behind = lastDurableMillis + 1 - nowMillis();
    if (behind > 0) {
      startMillis = startMillis() + behind;
    }
  }

  /** Epoch milliseconds. */
  public long nowMillis() {
    return startMillis + (nanos.getAsLong() - startNanos) / 1_000_000;
  }

  /** Monotonic nanoseconds, from an origin of its own: for durations. */
  long nanos() {
    return nanos.getAsLong();
  }

  /** When this life of the gateway began. */
  public long startMillis() {
    return startMillis;
  }
}
