package io.reefmesh.client;

import io.reefmesh.v1.Task;

/** A caller cancelled the task. */
public final class TaskCancelledException extends TaskOutcomeException {

  private static final long serialVersionUID = 1L;

  TaskCancelledException(Task task) {
    super(task, "was cancelled");
  }
}
