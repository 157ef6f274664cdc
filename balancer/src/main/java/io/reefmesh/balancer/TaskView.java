package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * A task at one moment.
 *
 * @param id the task
 * @param terms what the dispatcher knows of it
 * @param body what was asked for, unread
 * @param requestId its request id, if any
 * @param state where it stands
 * @param waitReason why it waits, exactly while it is QUEUED
 * @param attempt the highest attempt so far; 0: never pushed
 * @param nodeId where the current or last attempt runs or ran; null: never pushed
 * @param incarnation that node's process life; null: never pushed
 * @param assignedAtMillis when the current or last attempt was pushed; 0: never
 * @param startedAtMillis when its node accepted it; 0: not yet, or not known
 * @param finishedAtMillis when it ended; 0: it has not
 * @param failure why it has no result, once ended without one
 * @param result what the handler gave, unread; null: nothing
 * @param history ended attempts, oldest first
 */
public record TaskView(
    TaskId id,
    TaskTerms terms,
    Opaque body,
    @Nullable String requestId,
    TaskState state,
    @Nullable WaitReason waitReason,
    int attempt,
    @Nullable String nodeId,
    @Nullable String incarnation,
    long assignedAtMillis,
    long startedAtMillis,
    long finishedAtMillis,
    @Nullable Failure failure,
    @Nullable Opaque result,
    ImmutableList<AttemptRecord> history) {

  /** The same with another body. */
  public TaskView withBody(Opaque other) {
    return new TaskView(
        id,
        terms,
        other,
        requestId,
        state,
        waitReason,
        attempt,
        nodeId,
        incarnation,
        assignedAtMillis,
        startedAtMillis,
        finishedAtMillis,
        failure,
        result,
        history);
  }
}
