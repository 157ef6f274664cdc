package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * A task without an outcome, as the store has it after a restart.
 *
 * @param id the task
 * @param terms its terms
 * @param body what was asked for, unread
 * @param requestId its request id, if any
 * @param attempt the highest attempt so far; 0: never pushed
 * @param nodeId the node that holds the current attempt; null: none does
 * @param incarnation that node's process life; null exactly when there is no node
 * @param assignedAtMillis when it was pushed; 0 when no node holds it
 * @param queuedAtMillis when it was queued last
 * @param notBeforeMillis not pushed before; 0: at once
 * @param history ended attempts, oldest first
 */
public record RestoredTask(
    TaskId id,
    TaskTerms terms,
    Opaque body,
    @Nullable String requestId,
    int attempt,
    @Nullable String nodeId,
    @Nullable String incarnation,
    long assignedAtMillis,
    long queuedAtMillis,
    long notBeforeMillis,
    ImmutableList<AttemptRecord> history) {}
