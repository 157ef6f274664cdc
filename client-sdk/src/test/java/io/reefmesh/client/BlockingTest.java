package io.reefmesh.client;

import static io.reefmesh.client.Events.ended;
import static io.reefmesh.client.Events.succeeded;
import static io.reefmesh.v1.TaskState.TASK_STATE_EXPIRED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.Status;
import io.reefmesh.client.ScriptedTaskService.OpenWatch;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class BlockingTest {

  private static final TaskSpec PING = TaskSpecs.of("ping");

  private final InProcessMesh mesh = new InProcessMesh();

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
  }

  @Test
  void shouldReturnTheTaskWhenItSucceeded() throws Exception {
    MeshClient client = mesh.client();
    FutureTask<Task> run = new FutureTask<>(() -> client.run(PING));
    new Thread(run, "caller").start();

    OpenWatch stream = mesh.tasks.nextWatch();
    stream.send(succeeded("1", "pong")).complete();

    assertThat(Payloads.text(run.get(10, TimeUnit.SECONDS).getResult())).isEqualTo("pong");
    assertThat(stream.isCancelled()).isFalse();
  }

  @Test
  void shouldThrowWhenTheTaskDidNotSucceed() throws Exception {
    MeshClient client = mesh.client();
    FutureTask<Task> run = new FutureTask<>(() -> client.run(PING));
    new Thread(run, "caller").start();

    mesh.tasks.nextWatch().send(ended("1", TASK_STATE_EXPIRED, "QUEUE_TIMEOUT", "waited 1 h"));

    assertThatThrownBy(() -> run.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(TaskExpiredException.class);
  }

  @Test
  void shouldLeaveTheTaskAloneWhenTheWaitingThreadIsInterrupted() throws Exception {
    // given
    MeshClient client = mesh.client();
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread caller =
        new Thread(
            () -> {
              try {
                client.run(PING);
                thrown.complete(new AssertionError("it returned"));
              } catch (InterruptedException | RuntimeException e) {
                thrown.complete(e);
              }
            },
            "caller");
    caller.start();
    OpenWatch stream = mesh.tasks.nextWatch();

    // when
    caller.interrupt();

    // then
    assertThat(thrown.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(stream.awaitCancelled()).isTrue();
    assertThat(mesh.tasks.cancels).isEmpty();
  }

  @Test
  void shouldEndTheCallAndKeepTheInterruptWhenAShortCallIsInterrupted() throws Exception {
    // given: an answer that never comes
    mesh.tasks.getScript.add(ScriptedTaskService.silence());
    MeshClient client = mesh.client();
    Thread.currentThread().interrupt();

    // when, then
    assertThatThrownBy(() -> client.get("task-1"))
        .isInstanceOf(MeshException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void shouldTimeOutWhenTheGatewayDoesNotAnswer() {
    mesh.tasks.getScript.add(ScriptedTaskService.silence());
    MeshClient client = mesh.client(mesh.builder().callTimeout(Duration.ofMillis(50)));

    assertThatThrownBy(() -> client.get("task-1"))
        .isInstanceOf(MeshTimeoutException.class)
        .hasMessageContaining("GetTask");
    assertThat(mesh.tasks.gets).hasSize(1);
  }

  @Test
  void shouldTryAgainWhenTheGatewayWasAway() {
    mesh.tasks.getScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
    MeshClient client = mesh.client();

    CompletableFuture<Task> task = client.getAsync("task-1");
    mesh.timers.advance(Duration.ofSeconds(1));

    assertThat(task.join().getId()).isEqualTo("task-1");
    assertThat(mesh.tasks.gets).hasSize(2);
  }

  @Test
  void shouldRefuseToBlockWhenInsideACallback() {
    // given: a call that is answered later
    CompletableFuture<Runnable> answer = new CompletableFuture<>();
    mesh.tasks.getScript.add(
        (request, out) ->
            answer.complete(() -> out.onError(Status.NOT_FOUND.asRuntimeException())));
    mesh.tasks.getScript.add(ScriptedTaskService.silence());
    MeshClient client = mesh.client();
    CompletableFuture<Task> blocking =
        client.getAsync("task-1").exceptionally(notFound -> client.get("task-2"));

    // when
    answer.join().run();

    // then
    assertThat(Details.failureOf(blocking))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("inside a callback");
  }

  @Test
  void shouldGoOnWhenTheCallItWasMadeInEnds() throws Exception {
    // given: a bot that is a gRPC server itself and submits inside a call
    Context.CancellableContext serverCall = Context.current().withCancellation();
    CompletableFuture<TaskHandle> made = new CompletableFuture<>();
    serverCall.run(() -> made.complete(mesh.client().submit(PING)));
    OpenWatch stream = mesh.tasks.nextWatch();

    // when
    serverCall.cancel(null);

    // then
    assertThat(stream.isCancelled()).isFalse();
    stream.send(succeeded("1", "ok"));
    assertThat(made.join().outcome()).isCompleted();
  }
}
