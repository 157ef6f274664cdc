package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Failure;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * A task as the store has it: the fold of its mutations.
 *
 * @param id the task
 * @param project its project
 * @param type its type
 * @param session its session, if any
 * @param requestId its request id, if any
 * @param digest of its content; null exactly when there is no request id
 * @param body what was asked for
 * @param state QUEUED, ASSIGNED (which covers RUNNING: acceptance is not stored) or final
 * @param attempt the highest attempt so far; 0: it never was pushed
 * @param nodeId where the current or, once final, the last attempt runs or ran; null: never pushed
 * @param incarnation that node's process life; null while nothing holds it
 * @param assignedAtMillis when the current attempt was pushed; 0 while nothing holds it
 * @param queuedAtMillis when it was queued last; its creation when it never was requeued
 * @param notBeforeMillis not pushed before (back-off); 0: none
 * @param history ended attempts, oldest first
 * @param finishedAtMillis when it ended; 0 while it has not
 * @param failure why it has no result, once it has ended without one
 * @param result what the handler gave; null while there is none
 */
public record StoredTask(
    TaskId id,
    String project,
    String type,
    @Nullable String session,
    @Nullable String requestId,
    @Nullable String digest,
    TaskBody body,
    TaskState state,
    int attempt,
    @Nullable String nodeId,
    @Nullable String incarnation,
    long assignedAtMillis,
    long queuedAtMillis,
    long notBeforeMillis,
    ImmutableList<AttemptRecord> history,
    long finishedAtMillis,
    @Nullable Failure failure,
    @Nullable ResultBody result) {

  /** The payload: whoever reads a task from a store gets it whole, but for {@code load}. */
  public ByteString payload() {
    ByteString payload = body.payload();
    if (payload == null) {
      throw new IllegalStateException("task " + id + " was read without its payload");
    }
    return payload;
  }

  StoredTask withBody(TaskBody other) {
    return new StoredTask(
        id,
        project,
        type,
        session,
        requestId,
        digest,
        other,
        state,
        attempt,
        nodeId,
        incarnation,
        assignedAtMillis,
        queuedAtMillis,
        notBeforeMillis,
        history,
        finishedAtMillis,
        failure,
        result);
  }
}
