package io.reefmesh.simulation;

import java.util.EnumMap;
import java.util.Map;

/** How often each kind of fault happened. */
final class FaultLog {

  private final Map<Fault, Long> counts = new EnumMap<>(Fault.class);

  void count(Fault fault) {
    counts.merge(fault, 1L, Long::sum);
  }

  void add(FaultLog other) {
    other.counts.forEach((fault, count) -> counts.merge(fault, count, Long::sum));
  }

  long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  long of(Fault fault) {
    return counts.getOrDefault(fault, 0L);
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}
