package io.reefmesh.client;

import io.reefmesh.v1.Task;

/**
 * A task ended without a result. This is an outcome, not an error of a call: asking again changes
 * nothing.
 */
public abstract sealed class TaskOutcomeException extends RuntimeException
    permits TaskFailedException, TaskCancelledException, TaskExpiredException {

  private static final long serialVersionUID = 1L;

  private final transient Task task;

  TaskOutcomeException(Task task, String what) {
    super(
        "task "
            + task.getId()
            + " ("
            + task.getSpec().getType()
            + ") "
            + what
            + ": "
            + task.getFailure().getCode()
            + ": "
            + task.getFailure().getMessage());
    this.task = task;
  }

  /** The task in its final state, with all attempts and the failure. */
  public final Task task() {
    return task;
  }
}
