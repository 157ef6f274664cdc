package io.reefmesh.bench.load;

/** Something that can be done again and again, many at once. Thread-safe. */
@FunctionalInterface
public interface Operation {

  /**
   * Starts one and returns soon.
   *
   * @param intendedNanos when it was meant to start, which its latency counts from
   */
  void start(long intendedNanos, Outcome outcome);
}
