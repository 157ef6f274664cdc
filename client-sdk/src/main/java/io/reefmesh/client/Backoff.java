package io.reefmesh.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: full jitter over an exponentially growing bound, after
 * "Exponential Backoff and Jitter" of the AWS Architecture Blog. Each wait is drawn evenly from
 * zero to the bound; the bound starts at {@code initial}, doubles with every draw and stops at
 * {@code max}.
 *
 * <p>Pure arithmetic: it neither waits nor looks at a clock. Not thread-safe: one owner each.
 */
public final class Backoff {

  private final long initialNanos;
  private final long maxNanos;
  private final RandomGenerator random;
  private long boundNanos;

  private Backoff(long initialNanos, long maxNanos, RandomGenerator random) {
    this.initialNanos = initialNanos;
    this.maxNanos = maxNanos;
    this.random = random;
    this.boundNanos = initialNanos;
  }

  /**
   * A back-off with full jitter.
   *
   * @param initial bound of the first wait, above zero
   * @param max bound that no wait passes, from {@code initial} to 365 days
   * @param random where the draws come from
   * @throws IllegalArgumentException if a duration is out of its range
   */
  public static Backoff fullJitter(Duration initial, Duration max, RandomGenerator random) {
    TimeLimits.require(initial, "initial back-off");
    TimeLimits.require(max, "max back-off");
    if (max.compareTo(initial) < 0) {
      throw new IllegalArgumentException(
          "max back-off must not be below the initial " + initial + ", but is " + max);
    }
    return new Backoff(initial.toNanos(), max.toNanos(), random);
  }

  /** Draws the next wait, from zero to the present bound, both included, and raises the bound. */
  public Duration next() {
    long wait = random.nextLong(boundNanos + 1);
    boundNanos = boundNanos > maxNanos / 2 ? maxNanos : boundNanos * 2;
    return Duration.ofNanos(wait);
  }

  /** Puts the bound back to where it began; for use after a success. */
  public void reset() {
    boundNanos = initialNanos;
  }
}
