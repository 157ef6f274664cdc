package io.reefmesh.gateway.service;

import io.grpc.StatusRuntimeException;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.Submission;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Puts submissions into the engine, and says in gRPC's words what became of them. Thread-safe. */
final class Intake {

  private static final Duration RETRY_WHEN_FULL = Duration.ofSeconds(5);
  private static final Duration RETRY_WHEN_BUSY = Duration.ofSeconds(1);

  private final Engine engine;

  Intake(Engine engine) {
    this.engine = engine;
  }

  /** Puts a submission in, and tells what became of it: a new task, a known one, or a refusal. */
  void submit(
      Submission submission,
      Consumer<TaskView> onNew,
      Consumer<TaskId> onRepeated,
      Consumer<StatusRuntimeException> otherwise) {
    ReplyTo replyTo =
        answer -> {
          if (answer instanceof Answer.Submitted submitted) {
            onNew.accept(submitted.task());
          } else if (answer instanceof Answer.Repeated repeated) {
            onRepeated.accept(repeated.id());
          } else {
            otherwise.accept(refusal(answer, submission.requestId()));
          }
        };
    if (!engine.submit(submission, replyTo)) {
      otherwise.accept(busy());
    }
  }

  /** Why a submission was not accepted. */
  static StatusRuntimeException refusal(Answer answer, @Nullable String requestId) {
    if (answer instanceof Answer.Conflict conflict) {
      return Refusals.duplicateRequest(requestId == null ? "" : requestId, conflict.id());
    }
    if (answer instanceof Answer.Full full) {
      return Refusals.overloaded(limitOf(full), full.limit(), RETRY_WHEN_FULL);
    }
    throw new IllegalStateException("no answer to a submission: " + answer);
  }

  private static Refusals.Limit limitOf(Answer.Full full) {
    return switch (full.of()) {
      case QUEUE -> Refusals.Limit.QUEUE;
      case PROJECT_QUEUE -> Refusals.Limit.PROJECT_QUEUE;
      case REQUEST_IDS -> Refusals.Limit.REQUEST_IDS;
    };
  }

  /** The engine takes nothing more in now. */
  static StatusRuntimeException busy() {
    return Refusals.overloaded(Refusals.Limit.ENGINE, Engine.mailboxLimit(), RETRY_WHEN_BUSY);
  }
}
