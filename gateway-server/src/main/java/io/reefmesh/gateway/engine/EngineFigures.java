package io.reefmesh.gateway.engine;

import io.reefmesh.gateway.figures.DoublingHistogram.Scale;
import io.reefmesh.gateway.figures.OwnedCounter;
import io.reefmesh.gateway.figures.OwnedHistogram;

/** What the engine's commits are like. Fed by the engine's thread, read by any. */
public final class EngineFigures {

  private static final int NANOS_PER_MICRO = 1_000;

  private final OwnedHistogram commitTimes = new OwnedHistogram(Scale.MICROS);
  private final OwnedHistogram commitSizes = new OwnedHistogram(Scale.COUNT);
  private final OwnedCounter accepted = new OwnedCounter();

  EngineFigures() {}

  void committed(int mutations, long nanos) {
    commitSizes.record(mutations);
    commitTimes.record(nanos / NANOS_PER_MICRO);
  }

  void accepted() {
    accepted.increment();
  }

  /** How long commits took. */
  public OwnedHistogram commitTimes() {
    return commitTimes;
  }

  /** How many changes of tasks commits had. */
  public OwnedHistogram commitSizes() {
    return commitSizes;
  }

  /** How many tasks are durable since the start. */
  public long acceptedTasks() {
    return accepted.value();
  }
}
