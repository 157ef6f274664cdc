package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * One ended push of a task to a node, as history keeps it.
 *
 * @param number 1, 2, 3, … within the task
 * @param nodeId the node it was pushed to
 * @param incarnation that node's process life
 * @param assignedAtMillis when it was pushed
 * @param startedAtMillis when the node accepted it; 0 when it did not, or is not known
 * @param endedAtMillis when it ended
 * @param outcome how
 * @param failure why, unless it succeeded
 */
public record AttemptRecord(
    int number,
    String nodeId,
    String incarnation,
    long assignedAtMillis,
    long startedAtMillis,
    long endedAtMillis,
    AttemptOutcome outcome,
    @Nullable Failure failure) {}
