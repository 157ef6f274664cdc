package io.reefmesh.balancer;

import java.util.SplittableRandom;

/**
 * How often nodes beat, and how long their silence is borne. The interval grows with the number of
 * linked nodes, so that the gateway hears no more beats than it can take; whoever beats less often
 * may be silent for longer. Pure arithmetic.
 *
 * @param beatMillis the interval while nodes are few
 * @param maxPerSecond the most beats per second, of all nodes together
 */
public record BeatPace(long beatMillis, int maxPerSecond) {

  /** Nodes take no longer interval than this. */
  private static final long MAX_INTERVAL_MILLIS = 600_000;

  /** So many beats in a row may be lost before a stretched link counts as silent. */
  private static final int SILENT_BEATS = 3;

  /** The first beat after Welcome comes no sooner than this part of an interval. */
  private static final int FIRST_PART = 10;

  /** The interval that is told while so many nodes are linked. */
  long intervalMillis(int linkedNodes) {
    long stretched = (linkedNodes * 1_000L + maxPerSecond - 1) / maxPerSecond;
    return Math.max(beatMillis, Math.min(stretched, MAX_INTERVAL_MILLIS));
  }

  /**
   * When the first beat of a link is due: anywhere in the interval, so that nodes that link
   * together (after a gateway restart) do not beat together from then on.
   */
  long firstMillis(long intervalMillis, SplittableRandom random) {
    long least = intervalMillis / FIRST_PART;
    return least + random.nextLong(intervalMillis - least + 1);
  }

  /** Silence that makes a node suspect which was told this interval. */
  long silentAfterMillis(long intervalMillis, long configuredMillis) {
    return intervalMillis <= beatMillis
        ? configuredMillis
        : Math.max(configuredMillis, SILENT_BEATS * intervalMillis);
  }
}
