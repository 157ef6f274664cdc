package io.reefmesh.chaos.history;

import com.google.protobuf.ByteString;
import io.reefmesh.chaos.work.Effect;
import io.reefmesh.chaos.work.Effect.Kind;
import io.reefmesh.chaos.work.WorkOrder;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptOutcome;
import io.reefmesh.v1.Failure;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import java.util.ArrayList;
import java.util.List;

/** A history made by hand, with one flaw or none. */
final class PlantedHistory {

  static final int MAX_ATTEMPTS = 3;

  final History history = new History();
  final List<Effect> effects = new ArrayList<>();
  final List<Task> listed = new ArrayList<>();

  /** A task that was submitted, ran at its first attempt, succeeded, and was seen and listed. */
  static PlantedHistory flawless() {
    PlantedHistory planted = new PlantedHistory();
    planted.submitted("r1", "t1");
    planted.ran("t1", 1, "n1", 1, 100, 200);
    planted.seen(success("t1", "r1", attempt(1, "n1", AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED)));
    return planted;
  }

  List<Finding> check() {
    return Checker.check(new Evidence(history, effects, listed));
  }

  Submission invoked(String requestId, String session, long nanos) {
    TaskSpec spec =
        TaskSpec.newBuilder()
            .setType(WorkOrder.TYPE)
            .setSessionId(session)
            .setRetry(RetryPolicy.newBuilder().setMaxAttempts(MAX_ATTEMPTS))
            .build();
    Submission submission = new Submission(requestId, spec, new WorkOrder(10, 0, 0), nanos);
    history.invoked(submission);
    return submission;
  }

  Submission submitted(String requestId, String taskId) {
    Submission submission = invoked(requestId, "", 0);
    acknowledged(submission, taskId);
    return submission;
  }

  void acknowledged(Submission submission, String taskId) {
    history.acknowledged(
        submission, Task.newBuilder().setId(taskId).setRequestId(submission.requestId()).build());
  }

  void begun(String taskId, int attempt, String node, int life, long nanos) {
    effects.add(new Effect(Kind.BEGUN, taskId, attempt, node, life, nanos));
  }

  void ran(String taskId, int attempt, String node, int life, long fromNanos, long toNanos) {
    begun(taskId, attempt, node, life, fromNanos);
    effects.add(new Effect(Kind.DONE, taskId, attempt, node, life, toNanos));
  }

  /** Seen whole by a watch, and listed. */
  void seen(Task task) {
    history.seen(task, true, "a watch", System.nanoTime());
    listed.add(task);
  }

  static Attempt attempt(int number, String node, AttemptOutcome outcome) {
    return Attempt.newBuilder()
        .setNumber(number)
        .setNodeId(node)
        .setCharged(
            outcome != AttemptOutcome.ATTEMPT_OUTCOME_REFUSED
                && outcome != AttemptOutcome.ATTEMPT_OUTCOME_UNRECEIVED)
        .setOutcome(outcome)
        .build();
  }

  static Task success(String id, String requestId, Attempt... attempts) {
    Attempt last = attempts[attempts.length - 1];
    return ended(id, requestId, TaskState.TASK_STATE_SUCCEEDED, attempts)
        .setResult(result(Effect.result(id, last.getNumber(), last.getNodeId(), 1)))
        .build();
  }

  static Task failure(String id, String requestId, boolean retryable, Attempt... attempts) {
    return ended(id, requestId, TaskState.TASK_STATE_FAILED, attempts)
        .setFailure(Failure.newBuilder().setCode("NODE_LOST").setRetryable(retryable))
        .build();
  }

  static Task.Builder ended(String id, String requestId, TaskState state, Attempt... attempts) {
    return Task.newBuilder()
        .setId(id)
        .setRequestId(requestId)
        .setState(state)
        .setSpec(
            TaskSpec.newBuilder().setRetry(RetryPolicy.newBuilder().setMaxAttempts(MAX_ATTEMPTS)))
        .addAllAttempts(List.of(attempts));
  }

  static Payload result(String text) {
    return Payload.newBuilder().setData(ByteString.copyFromUtf8(text)).build();
  }
}
