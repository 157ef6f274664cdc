package io.reefmesh.client;

import io.reefmesh.client.RetryCore.AfterTimeout;
import io.reefmesh.v1.CancelTaskRequest;
import io.reefmesh.v1.CancelTaskResponse;
import io.reefmesh.v1.ExplainTaskRequest;
import io.reefmesh.v1.ExplainTaskResponse;
import io.reefmesh.v1.GetTaskRequest;
import io.reefmesh.v1.GetTaskResponse;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.RetryTaskRequest;
import io.reefmesh.v1.RetryTaskResponse;
import io.reefmesh.v1.RetryTasksRequest;
import io.reefmesh.v1.RetryTasksResponse;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.SubmitTaskResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskSpec;
import java.util.concurrent.CompletableFuture;

/** The calls of the task service, asking for payloads as bytes everywhere. Thread-safe. */
final class TaskCalls {

  private static final PayloadForm FORM = PayloadForm.PAYLOAD_FORM_DATA;

  private final GatewayCalls calls;

  TaskCalls(GatewayCalls calls) {
    this.calls = calls;
  }

  /** Repeated also after a timeout: the request id makes all attempts the same task. */
  CompletableFuture<Task> submit(String requestId, TaskSpec spec) {
    if (calls.full()) {
      return CompletableFuture.failedFuture(Failures.tooManyOpen(calls.settings().maxOpenTasks()));
    }
    return calls.unary(
        TaskServiceGrpc.getSubmitTaskMethod(),
        SubmitTaskRequest.newBuilder()
            .setRequestId(requestId)
            .setSpec(spec)
            .setPayloadForm(FORM)
            .build(),
        AfterTimeout.REPEAT,
        SubmitTaskResponse::getTask);
  }

  CompletableFuture<Task> get(String id) {
    return calls.unary(
        TaskServiceGrpc.getGetTaskMethod(),
        GetTaskRequest.newBuilder().setId(id).setPayloadForm(FORM).build(),
        AfterTimeout.FAIL,
        GetTaskResponse::getTask);
  }

  CompletableFuture<Task> cancel(String id, String reason) {
    return calls.unary(
        TaskServiceGrpc.getCancelTaskMethod(),
        CancelTaskRequest.newBuilder().setId(id).setReason(reason).setPayloadForm(FORM).build(),
        AfterTimeout.FAIL,
        CancelTaskResponse::getTask);
  }

  /** Repeated also after a timeout if the request id makes all attempts the same task. */
  CompletableFuture<Task> retry(String id, String requestId) {
    return calls.unary(
        TaskServiceGrpc.getRetryTaskMethod(),
        RetryTaskRequest.newBuilder()
            .setId(id)
            .setRequestId(requestId)
            .setPayloadForm(FORM)
            .build(),
        AfterTimeout.REPEAT,
        RetryTaskResponse::getTask);
  }

  CompletableFuture<RetryTasksResponse> retryAll(RetryTasksRequest request) {
    return calls.unary(
        TaskServiceGrpc.getRetryTasksMethod(), request, AfterTimeout.REPEAT, page -> page);
  }

  CompletableFuture<ExplainTaskResponse> explain(String id) {
    return calls.unary(
        TaskServiceGrpc.getExplainTaskMethod(),
        ExplainTaskRequest.newBuilder().setId(id).build(),
        AfterTimeout.FAIL,
        explanation -> explanation);
  }

  CompletableFuture<TaskPage> list(ListTasksRequest request) {
    return calls.unary(
        TaskServiceGrpc.getListTasksMethod(),
        request.toBuilder().setPayloadForm(FORM).build(),
        AfterTimeout.FAIL,
        page -> new TaskPage(page.getTasksList(), page.getNextPageToken()));
  }

  /** A watch that is yet to be started. */
  ResumingWatch watch(String id, String cursor, TaskListener listener) {
    return new ResumingWatch(calls, id, cursor, listener);
  }

  /**
   * Refuses to open more than the client was told to.
   *
   * @throws MeshOverloadedException when the limit is reached
   */
  void requireRoom() {
    if (calls.full()) {
      throw Failures.tooManyOpen(calls.settings().maxOpenTasks());
    }
  }
}
