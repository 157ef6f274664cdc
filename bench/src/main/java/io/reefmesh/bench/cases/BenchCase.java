package io.reefmesh.bench.cases;

import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.report.Result;

/** One of the figures. */
public interface BenchCase {

  /** As {@code --case} takes it, and as the result is called. */
  String name();

  /** What it measures and against which limit, in a line. */
  String about();

  /** Whether {@code --quick} runs it. */
  default boolean isQuick() {
    return false;
  }

  /** Measures it; nothing of it is left running afterwards. */
  Result run(BenchRun bench) throws InterruptedException;
}
