package io.reefmesh.cli.demo;

import java.util.Arrays;

/** Percentiles by nearest rank: always a value that was really measured. */
final class Percentiles {

  private final long[] sorted;

  Percentiles(long[] values) {
    sorted = values.clone();
    Arrays.sort(sorted);
  }

  /**
   * The smallest value that at least {@code percent} % of all values do not exceed.
   *
   * @param percent above 0, at most 100
   * @return 0 if there are no values
   */
  long at(double percent) {
    if (percent <= 0 || percent > 100) {
      throw new IllegalArgumentException("a percentile is above 0 and at most 100: " + percent);
    }
    if (sorted.length == 0) {
      return 0;
    }
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(rank, 1) - 1];
  }
}
