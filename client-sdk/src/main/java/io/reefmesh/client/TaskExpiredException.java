package io.reefmesh.client;

import io.reefmesh.v1.Task;

/** The queue or total timeout of the task passed. */
public final class TaskExpiredException extends TaskOutcomeException {

  private static final long serialVersionUID = 1L;

  TaskExpiredException(Task task) {
    super(task, "expired");
  }
}
