package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.ByteString;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Failure;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Usage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Mutations and queries as the tests need them. Times count from {@link #START}. */
final class Sample {

  static final long START = TaskId.EPOCH_MILLIS + 1_000_000_000L;
  static final String INCARNATION = "00000000000000aa";
  static final TaskQuery ALL =
      new TaskQuery(
          "default", ImmutableSet.of(), null, null, null, ImmutableMap.of(), 0, 0, null, 100);

  private Sample() {}

  /** The n-th task's id: created n milliseconds after the start. */
  static TaskId id(int n) {
    return TaskId.of(START + n, n & 0xffff, n & 63);
  }

  static TaskBody body(String text) {
    return new TaskBody(
        TaskSpec.newBuilder().setType("ping").setPriority(5).build(),
        "text/plain",
        ByteString.copyFromUtf8(text),
        null);
  }

  static Mutation.Submitted submitted(int n) {
    return submitted(id(n), "default", "ping", null, null, body("payload " + n));
  }

  static Mutation.Submitted submitted(int n, TaskBody body) {
    return submitted(id(n), "default", "ping", null, null, body);
  }

  static Mutation.Submitted withRequestId(int n, String requestId) {
    return submitted(id(n), "default", "ping", null, requestId, body("payload " + n));
  }

  static Mutation.Submitted submitted(
      TaskId id,
      String project,
      String type,
      @Nullable String session,
      @Nullable String requestId,
      TaskBody body) {
    String digest = requestId == null ? null : "d" + requestId.hashCode();
    return new Mutation.Submitted(id, project, type, session, requestId, digest, body);
  }

  static Mutation.Submitted labelled(int n, Map<String, String> labels) {
    TaskSpec spec = TaskSpec.newBuilder().setType("ping").putAllLabels(labels).build();
    return submitted(n, new TaskBody(spec, "text/plain", ByteString.EMPTY, null));
  }

  static AttemptRecord attempt(int number, String node, AttemptOutcome outcome) {
    Failure failure =
        outcome == AttemptOutcome.SUCCEEDED
            ? null
            : new Failure("HANDLER_ERROR", "it broke: ünïcode", true, 1_500);
    return new AttemptRecord(
        number,
        node,
        INCARNATION,
        START + number * 10L,
        START + number * 10L + 1,
        START + number * 10L + 5,
        outcome,
        failure);
  }

  static Mutation.Assigned assigned(int n, int attempt, String node, AttemptRecord... before) {
    return new Mutation.Assigned(
        id(n), attempt, node, INCARNATION, START + 10L * attempt, ImmutableList.copyOf(before));
  }

  static Mutation.Requeued requeued(int n, int attempt, AttemptRecord... all) {
    return new Mutation.Requeued(
        id(n),
        attempt,
        START + 10L * attempt + 5,
        START + 10L * attempt + 900,
        ImmutableList.copyOf(all));
  }

  static ResultBody result(String text) {
    return new ResultBody(
        "application/json",
        ByteString.copyFromUtf8(text),
        Usage.newBuilder().setInputTokens(7).setModel("m").build());
  }

  static Mutation.Ended succeeded(int n, int attempt, String node, long finishedAtMillis) {
    return new Mutation.Ended(
        id(n),
        TaskState.SUCCEEDED,
        attempt,
        finishedAtMillis,
        null,
        result("result " + n),
        ImmutableList.of(attempt(attempt, node, AttemptOutcome.SUCCEEDED)));
  }

  static Mutation.Ended failed(int n, AttemptRecord... history) {
    return new Mutation.Ended(
        id(n),
        TaskState.FAILED,
        history.length,
        START + 5_000,
        new Failure("HANDLER_ERROR", "gave up", false, 0),
        null,
        ImmutableList.copyOf(history));
  }

  static Mutation.Ended cancelled(int n, long finishedAtMillis) {
    return new Mutation.Ended(
        id(n),
        TaskState.CANCELLED,
        0,
        finishedAtMillis,
        new Failure(Failure.CANCELLED, "by a caller", false, 0),
        null,
        ImmutableList.of());
  }

  static TaskQuery states(TaskState... states) {
    return new TaskQuery(
        "default",
        ImmutableSet.copyOf(states),
        null,
        null,
        null,
        ImmutableMap.of(),
        0,
        0,
        null,
        100);
  }

  static TaskQuery page(TaskQuery query, @Nullable TaskId before, int limit) {
    return new TaskQuery(
        query.project(),
        query.states(),
        query.type(),
        query.nodeId(),
        query.session(),
        query.labels(),
        query.createdAfterMillis(),
        query.createdBeforeMillis(),
        before,
        limit);
  }
}
