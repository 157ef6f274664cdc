package io.reefmesh.chaos.report;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * Durations in figures, by nearest rank.
 *
 * @param count how many there were
 * @param p50 half of them took no longer
 * @param p99 99 of 100 took no longer
 * @param max none took longer
 */
public record Figures(int count, Duration p50, Duration p99, Duration max) {

  /** Of no durations: zero. */
  public static Figures of(Collection<Duration> durations) {
    List<Duration> sorted = durations.stream().sorted().toList();
    return new Figures(sorted.size(), rank(sorted, 50), rank(sorted, 99), rank(sorted, 100));
  }

  private static Duration rank(List<Duration> sorted, int percent) {
    if (sorted.isEmpty()) {
      return Duration.ZERO;
    }
    int rank = (int) Math.ceil(sorted.size() * percent / 100.0);
    return sorted.get(Math.max(1, rank) - 1);
  }
}
