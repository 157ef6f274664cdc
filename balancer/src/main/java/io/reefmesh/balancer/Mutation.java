package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * A change of a task that must be durable before anything that follows from it leaves the gateway.
 * Folding a task's mutations in order gives its state; there are no others.
 */
public sealed interface Mutation {

  /** The task that changes. */
  TaskId id();

  /**
   * A task was accepted.
   *
   * @param id its id
   * @param project its project
   * @param type its type
   * @param session its session, if any
   * @param requestId makes a repeat of the request return this task; null: none
   * @param digest of the request's content, 16 bytes in hex; null exactly when there is no request
   *     id
   * @param body what was asked for, unread
   */
  record Submitted(
      TaskId id,
      String project,
      String type,
      @Nullable String session,
      @Nullable String requestId,
      @Nullable String digest,
      Opaque body)
      implements Mutation {}

  /**
   * A task was leased to a node. Durable before the push leaves.
   *
   * @param id the task
   * @param attempt the attempt, which this makes the current one
   * @param nodeId the node
   * @param incarnation its process life
   * @param assignedAtMillis when
   * @param history the attempts before, oldest first
   */
  record Assigned(
      TaskId id,
      int attempt,
      String nodeId,
      String incarnation,
      long assignedAtMillis,
      ImmutableList<AttemptRecord> history)
      implements Mutation {}

  /**
   * An attempt ended without an outcome for the task, which waits again.
   *
   * @param id the task
   * @param attempt the highest attempt so far
   * @param queuedAtMillis when it was queued again
   * @param notBeforeMillis not pushed before this time (back-off)
   * @param history all attempts so far, oldest first
   */
  record Requeued(
      TaskId id,
      int attempt,
      long queuedAtMillis,
      long notBeforeMillis,
      ImmutableList<AttemptRecord> history)
      implements Mutation {}

  /**
   * A task has its outcome.
   *
   * @param id the task
   * @param state final
   * @param attempt the highest attempt so far; 0: it never was pushed
   * @param finishedAtMillis when
   * @param failure why, unless it succeeded
   * @param result what the handler gave, unread; null when there is none
   * @param history all attempts, oldest first
   */
  record Ended(
      TaskId id,
      TaskState state,
      int attempt,
      long finishedAtMillis,
      @Nullable Failure failure,
      @Nullable Opaque result,
      ImmutableList<AttemptRecord> history)
      implements Mutation {}
}
