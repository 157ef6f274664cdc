package io.reefmesh.client;

import java.time.Duration;

/** What a duration given by a user may be. */
final class TimeLimits {

  /** Whoever asks for more means "for ever"; this much fits into nanoseconds many times over. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private TimeLimits() {}

  /**
   * The duration itself, if it is above zero and at most 365 days.
   *
   * @throws IllegalArgumentException if it is not
   */
  static Duration require(Duration value, String name) {
    if (value.isZero() || value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + " must be above zero and at most 365 days, not " + value);
    }
    return value;
  }
}
