package io.reefmesh.balancer;

/** The life of a task. The legal changes are drawn in docs/state-machines.md. */
public enum TaskState {
  /** Durable, waiting for a node, its back-off, its not-before time or its session's turn. */
  QUEUED,
  /** Pushed to a node that has not yet said it accepts. */
  ASSIGNED,
  /** Accepted by a node. */
  RUNNING,
  /** Ended with a result. */
  SUCCEEDED,
  /** Ended with a failure. */
  FAILED,
  /** Ended by a caller. */
  CANCELLED,
  /** Ended because its queue or total timeout passed. */
  EXPIRED;

  /** Whether the life of a task may go on from this state to that one. */
  public boolean mayBecome(TaskState next) {
    return switch (this) {
      // Straight to SUCCEEDED: the late result of an attempt that was given up for lost.
      case QUEUED -> next == ASSIGNED || next == SUCCEEDED || next == CANCELLED || next == EXPIRED;
      case ASSIGNED -> next != ASSIGNED;
      case RUNNING -> next != RUNNING && next != ASSIGNED;
      case SUCCEEDED, FAILED, CANCELLED, EXPIRED -> false;
    };
  }

  /** Whether the state is an outcome: it never changes again. */
  public boolean isFinal() {
    return switch (this) {
      case QUEUED, ASSIGNED, RUNNING -> false;
      case SUCCEEDED, FAILED, CANCELLED, EXPIRED -> true;
    };
  }
}
