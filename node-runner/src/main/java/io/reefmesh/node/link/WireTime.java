package io.reefmesh.node.link;

import com.google.protobuf.Duration;

/**
 * Durations of the wire in milliseconds; absurd ones become the longest that can be added safely.
 */
final class WireTime {

  /** A time that never comes. */
  static final long NEVER = Long.MAX_VALUE;

  private static final long LONGEST_SECONDS = 365L * 24 * 3600;

  private WireTime() {}

  /** Milliseconds, 0 to a year. */
  static long millis(Duration duration) {
    long seconds = Math.max(0, Math.min(duration.getSeconds(), LONGEST_SECONDS));
    long millis = seconds * 1000 + duration.getNanos() / 1_000_000;
    return Math.max(0, millis);
  }

  /** Milliseconds within bounds, or the fallback when the duration is absent or zero. */
  static long millis(Duration duration, long fallback, long min, long max) {
    long millis = millis(duration);
    return millis == 0 ? fallback : Math.max(min, Math.min(millis, max));
  }
}
