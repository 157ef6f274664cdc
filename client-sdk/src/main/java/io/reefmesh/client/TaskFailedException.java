package io.reefmesh.client;

import io.reefmesh.v1.Task;

/** The task failed, after all attempts it was allowed. */
public final class TaskFailedException extends TaskOutcomeException {

  private static final long serialVersionUID = 1L;

  TaskFailedException(Task task) {
    super(task, "failed");
  }
}
