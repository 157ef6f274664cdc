package io.reefmesh.client;

import io.reefmesh.v1.Task;

/** What a final state means to somebody who wants the result. */
final class Outcomes {

  private Outcomes() {}

  /**
   * The task itself if it succeeded.
   *
   * @throws TaskOutcomeException if it ended otherwise
   */
  static Task requireSuccess(Task task) {
    return switch (task.getState()) {
      case TASK_STATE_SUCCEEDED -> task;
      case TASK_STATE_FAILED -> throw new TaskFailedException(task);
      case TASK_STATE_CANCELLED -> throw new TaskCancelledException(task);
      case TASK_STATE_EXPIRED -> throw new TaskExpiredException(task);
      case TASK_STATE_UNSPECIFIED,
          TASK_STATE_QUEUED,
          TASK_STATE_ASSIGNED,
          TASK_STATE_RUNNING,
          UNRECOGNIZED ->
          throw Failures.protocol(
              "the gateway gave " + task.getState() + " as the outcome of task " + task.getId());
    };
  }
}
