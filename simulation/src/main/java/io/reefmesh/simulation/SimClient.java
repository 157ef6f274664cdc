package io.reefmesh.simulation;

import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.client.CallRetry;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.RetryCore.AfterTimeout;
import io.reefmesh.gateway.service.TaskGrpcService;
import io.reefmesh.v1.CancelTaskRequest;
import io.reefmesh.v1.GetTaskRequest;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskSpec;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A caller: submits, follows its tasks until it knows their outcomes, asks how some stand, cancels
 * some. What it does between is decided by the real client's cores.
 */
final class SimClient {

  private final World world;
  private final SimTime time;
  private final SimStore store;
  private final SplittableRandom random;
  private final String name;
  private int submitted;
  private int waitingFor;

  SimClient(World world, SimStore store, SplittableRandom random, String name) {
    this.world = world;
    this.time = world.time();
    this.store = store;
    this.random = random;
    this.name = name;
  }

  /** Outcomes that it still asks for. */
  int waitingFor() {
    return waitingFor;
  }

  void submitUntil(long endMillis, int meanPauseMillis) {
    if (time.now() < endMillis) {
      submitOne();
      if (random.nextInt(12) == 0) {
        for (int i = random.nextInt(12); i > 0; i--) {
          submitOne();
        }
      }
      time.after(
          random.nextInt(1, 2 * meanPauseMillis), () -> submitUntil(endMillis, meanPauseMillis));
    }
  }

  private void submitOne() {
    boolean named = random.nextInt(10) > 0;
    String requestId = named ? name + "-" + submitted : "";
    submitted++;
    SubmitTaskRequest request =
        SubmitTaskRequest.newBuilder()
            .setRequestId(requestId)
            .setSpec(spec())
            .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
            .build();
    submit(request, random.nextInt(8) == 0);
    if (named && random.nextInt(10) == 0) {
      time.after(random.nextInt(30_000), () -> submit(request, false));
    }
  }

  private TaskSpec spec() {
    return world.specs().next(random, name + submitted);
  }

  private <A> void call(
      MethodDescriptor<?, A> method,
      AfterTimeout afterTimeout,
      BiConsumer<TaskGrpcService, AnswerStream<A>> send,
      Consumer<A> leaving,
      Consumer<A> answered,
      Consumer<MeshException> failed) {
    new SimCall<>(
            world,
            random.split(),
            method,
            CallRetry.standard(),
            afterTimeout,
            send,
            leaving,
            answered,
            failed)
        .start();
  }

  /** Submits, and keeps at it under the same request id: whatever happened, it is one task. */
  private void submit(SubmitTaskRequest request, boolean alsoOther) {
    String requestId = request.getRequestId();
    call(
        TaskServiceGrpc.getSubmitTaskMethod(),
        // Without a request id a repeat could make another task.
        requestId.isEmpty() ? AfterTimeout.FAIL : AfterTimeout.REPEAT,
        (tasks, out) -> tasks.submitTask(request, out),
        answer -> world.promises().answered(idOf(answer.getTask())),
        answer -> {
          TaskId id = idOf(answer.getTask());
          time.note("acked", id.value(), requestId.hashCode(), () -> id + " " + requestId);
          world.promises().submitAcked(id, requestId.isEmpty() ? null : requestId);
          accepted(id);
          if (alsoOther && !requestId.isEmpty()) {
            other(request);
          }
        },
        failure -> {
          mustBePassing(failure, "I8 a submission was refused");
          if (!requestId.isEmpty()) {
            time.after(random.nextInt(2_000), () -> submit(request, alsoOther));
          }
        });
  }

  private void other(SubmitTaskRequest request) {
    SubmitTaskRequest changed =
        request.toBuilder()
            .setSpec(request.getSpec().toBuilder().putLabels("other", "content"))
            .build();
    call(
        TaskServiceGrpc.getSubmitTaskMethod(),
        AfterTimeout.REPEAT,
        (tasks, out) -> tasks.submitTask(changed, out),
        answer -> {},
        answer -> world.promises().otherContent(request.getRequestId(), false),
        failure -> {
          if (failure.code() != Status.Code.ALREADY_EXISTS) {
            mustBePassing(failure, "I8 another content was refused for another reason");
          }
        });
  }

  private void accepted(TaskId id) {
    follow(id, random.nextInt(100), random.nextInt(10) == 0 ? 1_000 : random.nextInt(2) * 100);
    if (random.nextInt(4) == 0) {
      follow(id, random.nextInt(20_000), random.nextInt(3) * 300);
    }
    if (random.nextInt(4) == 0) {
      waitingFor++;
      time.after(random.nextInt(100, 5_000), () -> look(id));
    }
    if (random.nextInt(8) == 0) {
      time.after(random.nextInt(6_000), () -> cancel(id));
    }
  }

  private void follow(TaskId id, int afterMillis, int paceMillis) {
    waitingFor++;
    SimWatcher watcher =
        new SimWatcher(world, store, random.split(), id, paceMillis, () -> waitingFor--);
    time.after(afterMillis, watcher::start);
  }

  private void look(TaskId id) {
    GetTaskRequest request =
        GetTaskRequest.newBuilder()
            .setId(id.toString())
            .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
            .build();
    Runnable again = () -> time.after(random.nextInt(500, 8_000), () -> look(id));
    call(
        TaskServiceGrpc.getGetTaskMethod(),
        AfterTimeout.FAIL,
        (tasks, out) -> tasks.getTask(request, out),
        answer -> world.promises().shown(answer.getTask(), store),
        answer -> {
          if (Promises.stateOf(answer.getTask()).isFinal()) {
            waitingFor--;
          } else {
            again.run();
          }
        },
        failure -> {
          mustBePassing(failure, "I1 a task cannot be read");
          again.run();
        });
  }

  private void cancel(TaskId id) {
    CancelTaskRequest request =
        CancelTaskRequest.newBuilder()
            .setId(id.toString())
            .setReason("not needed")
            .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
            .build();
    call(
        TaskServiceGrpc.getCancelTaskMethod(),
        AfterTimeout.FAIL,
        (tasks, out) -> tasks.cancelTask(request, out),
        answer -> {
          Promises.require(
              Promises.stateOf(answer.getTask()).isFinal(),
              "I6 a cancel was acknowledged and did not end its task",
              id);
          world.promises().shown(answer.getTask(), store);
        },
        answer -> {},
        failure -> {
          mustBePassing(failure, "I6 a cancel was refused");
          time.after(random.nextInt(2_000), () -> cancel(id));
        });
  }

  private static TaskId idOf(Task task) {
    return TaskId.parse(task.getId());
  }

  /** Gateways may be away, and slow; everything else is an answer that nothing here deserves. */
  private static void mustBePassing(MeshException failure, String rule) {
    switch (failure.code()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED -> {}
      default -> throw new Violation(rule + ": " + failure.getMessage(), failure);
    }
  }
}
