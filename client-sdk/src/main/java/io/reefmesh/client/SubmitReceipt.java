package io.reefmesh.client;

/**
 * A submission is durable.
 *
 * @param requestId the submission's request id
 * @param taskId its task
 * @param repeated the task was accepted earlier, by another submission with this request id or by
 *     one that was sent again after a broken connection
 */
public record SubmitReceipt(String requestId, String taskId, boolean repeated) {}
