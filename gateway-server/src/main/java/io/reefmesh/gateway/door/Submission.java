package io.reefmesh.gateway.door;

import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.gateway.store.TaskBody;
import org.jspecify.annotations.Nullable;

/**
 * A task that may be accepted: everything about it was checked.
 *
 * @param terms what the dispatcher has to know
 * @param body what is stored
 * @param requestId makes a repeat return the same task; null: none
 * @param digest of the content, 16 bytes in hex; null exactly when there is no request id
 * @param routingHash what the partition is chosen by: the same for all tasks of a session, else for
 *     all repeats of a request id; 0 when there is neither, and any partition will do
 */
public record Submission(
    TaskTerms terms,
    TaskBody body,
    @Nullable String requestId,
    @Nullable String digest,
    long routingHash) {}
