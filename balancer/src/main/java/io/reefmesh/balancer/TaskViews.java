package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/** Tasks as others see them: copies of this moment. */
final class TaskViews {

  private final WaitReasons waitReasons;

  TaskViews(WaitReasons waitReasons) {
    this.waitReasons = waitReasons;
  }

  /** A task without an outcome. */
  TaskView of(TaskEntry task) {
    return view(task, null, null, 0);
  }

  /** A task that has just got its outcome. */
  TaskView ofEnded(
      TaskEntry task, @Nullable Failure failure, @Nullable Opaque result, long finishedAtMillis) {
    return view(task, failure, result, finishedAtMillis);
  }

  private TaskView view(
      TaskEntry task, @Nullable Failure failure, @Nullable Opaque result, long finishedAtMillis) {
    NodeEntry node = task.node;
    AttemptRecord last = task.lastAttempt();
    boolean queued = task.state() == TaskState.QUEUED;
    return new TaskView(
        task.id,
        task.terms,
        task.body,
        task.requestId,
        task.state(),
        queued ? waitReasons.of(task) : null,
        task.attempt,
        node != null ? node.id : last != null ? last.nodeId() : null,
        node != null ? node.incarnation : last != null ? last.incarnation() : null,
        task.assignedAtMillis,
        task.startedAtMillis,
        finishedAtMillis,
        failure,
        result,
        task.history);
  }
}
