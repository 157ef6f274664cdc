package io.reefmesh.balancer;

import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/** The tasks of one session, in order. Only the first may run. */
final class SessionLine {

  final SessionLines.Key key;

  /** In the order they were accepted. */
  final LinkedHashSet<TaskEntry> tasks = new LinkedHashSet<>();

  /** An ended attempt that has not stopped and may still touch the session. */
  @Nullable Hold hold;

  SessionLine(SessionLines.Key key) {
    this.key = key;
  }

  @Nullable TaskEntry head() {
    return tasks.isEmpty() ? null : tasks.iterator().next();
  }

  boolean isTurnOf(TaskEntry task) {
    return hold == null && head() == task;
  }

  /** What stands before a task; null: only a hold, or nothing. */
  @Nullable TaskId blockerOf(TaskEntry task) {
    TaskEntry head = head();
    if (head != null && head != task) {
      return head.id;
    }
    return hold == null ? null : hold.id;
  }
}
