package io.reefmesh.gateway.probe;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether a loop is alive: its last tick is not older than a limit. Thread-safe as far as its
 * suppliers are.
 *
 * @param lastTickNanos when the loop ticked last, on the clock's scale
 * @param clockNanos a clock that only moves forward, such as {@code System::nanoTime}
 * @param limit the longest silence of a loop that is alive; longer than any wait it may be in
 */
public record LivenessCheck(LongSupplier lastTickNanos, LongSupplier clockNanos, Duration limit) {

  /** Whether the loop is alive now. */
  public boolean isAlive() {
    // The tick is read first: a tick between the two readings must not look like one to come.
    long tick = lastTickNanos.getAsLong();
    return clockNanos.getAsLong() - tick <= limit.toNanos();
  }
}
