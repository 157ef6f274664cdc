package io.reefmesh.client;

import java.time.Duration;

/**
 * How calls are repeated. What is repeated: calls that found no gateway; submissions without an
 * answer in time (their request id keeps them from doubling); calls refused at a limit with the
 * advice to come back. Waits are drawn with {@link Backoff full jitter}; the gateway's advice comes
 * on top.
 *
 * @param maxAttempts how often a call is made at most, 1 for no repeat
 * @param giveUpAfter from the first attempt to the last, after which the last failure is reported
 * @param initialBackoff bound of the first wait
 * @param maxBackoff bound that the waits grow to
 */
public record CallRetry(
    int maxAttempts, Duration giveUpAfter, Duration initialBackoff, Duration maxBackoff) {

  private static final CallRetry STANDARD =
      new CallRetry(100, Duration.ofSeconds(60), Duration.ofMillis(100), Duration.ofSeconds(5));

  /** Checks the ranges. */
  public CallRetry {
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("max attempts must be at least 1, not " + maxAttempts);
    }
    TimeLimits.require(giveUpAfter, "give-up time");
    TimeLimits.require(initialBackoff, "initial back-off");
    TimeLimits.require(maxBackoff, "max back-off");
    if (maxBackoff.compareTo(initialBackoff) < 0) {
      throw new IllegalArgumentException("max back-off must not be below the initial back-off");
    }
  }

  /**
   * Up to 60 s, with waits of up to 0.1 s at first and 5 s at most; never more than 100 attempts.
   */
  public static CallRetry standard() {
    return STANDARD;
  }

  /** One attempt only. */
  public static CallRetry none() {
    return new CallRetry(1, STANDARD.giveUpAfter, STANDARD.initialBackoff, STANDARD.maxBackoff);
  }

  /** The same with another time after which it gives up. */
  public CallRetry withGiveUpAfter(Duration value) {
    return new CallRetry(maxAttempts, value, initialBackoff, maxBackoff);
  }
}
