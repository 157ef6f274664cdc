package io.reefmesh.bench.mesh;

import io.reefmesh.v1.TaskSpec;

/** One of the ways in which a caller puts tasks in and hears of their end. Thread-safe. */
public interface TaskDriver extends AutoCloseable {

  /** Puts a task in and returns at once. */
  void submit(TaskSpec spec, TaskFate fate);

  @Override
  void close();
}
