package io.reefmesh.node.link;

/** What holds until the gateway says otherwise, and what is believed of what it says. */
final class LinkDefaults {

  static final long BEAT_INTERVAL_MILLIS = 5_000;
  static final long MIN_BEAT_INTERVAL_MILLIS = 100;
  static final long MAX_BEAT_INTERVAL_MILLIS = 600_000;

  /** The gateway is gone when it says nothing for so many beat intervals (or for a lease). */
  static final int SILENT_BEATS = 3;

  static final long LEASE_MILLIS = 15_000;
  static final long MAX_LEASE_MILLIS = 24L * 3600 * 1000;

  /** From dialling to Welcome. */
  static final long WELCOME_WITHIN_MILLIS = 10_000;

  private LinkDefaults() {}
}
