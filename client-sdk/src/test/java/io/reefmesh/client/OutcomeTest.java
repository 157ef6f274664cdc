package io.reefmesh.client;

import static io.reefmesh.client.Events.ended;
import static io.reefmesh.client.Events.succeeded;
import static io.reefmesh.v1.TaskState.TASK_STATE_CANCELLED;
import static io.reefmesh.v1.TaskState.TASK_STATE_FAILED;
import static io.reefmesh.v1.TaskState.TASK_STATE_RUNNING;
import static io.reefmesh.v1.TaskState.TASK_STATE_SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.reefmesh.client.ScriptedTaskService.OpenWatch;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How tasks end, and what their callers get. */
final class OutcomeTest {

  private final InProcessMesh mesh = new InProcessMesh();

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
  }

  @Test
  void shouldGiveTheResultWhenTheTaskSucceeded() throws Exception {
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));
    OpenWatch stream = mesh.tasks.nextWatch();
    assertThat(stream.request.getId()).isEqualTo("task-1");

    stream.send(succeeded("1", "pong"));

    assertThat(handle.outcome().join().getState()).isEqualTo(TASK_STATE_SUCCEEDED);
    assertThat(Payloads.text(handle.result().join())).isEqualTo("pong");
    assertThat(Payloads.text(handle.awaitResult())).isEqualTo("pong");
  }

  @ParameterizedTest
  @CsvSource({
    "TASK_STATE_FAILED, TaskFailedException, failed",
    "TASK_STATE_CANCELLED, TaskCancelledException, was cancelled",
    "TASK_STATE_EXPIRED, TaskExpiredException, expired"
  })
  void shouldThrowWithTheTaskWhenThereIsNoResult(TaskState state, String name, String word)
      throws Exception {
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));

    mesh.tasks.nextWatch().send(ended("1", state, "SOME_CODE", "what happened"));

    assertThat(handle.outcome().join().getState()).isEqualTo(state);
    assertThat(Details.failureOf(handle.result()))
        .isInstanceOfSatisfying(
            TaskOutcomeException.class,
            e -> {
              assertThat(e.getClass().getSimpleName()).isEqualTo(name);
              assertThat(e.task().getState()).isEqualTo(state);
              assertThat(e)
                  .hasMessageContainingAll("task-1", "ping", word, "SOME_CODE", "what happened");
            });
    assertThatThrownBy(handle::awaitResult).isInstanceOf(TaskOutcomeException.class);
  }

  @Test
  void shouldNotTakeARunningTaskForAnOutcomeWhenTheGatewayErrs() throws Exception {
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));

    mesh.tasks.nextWatch().send(ended("1", TASK_STATE_RUNNING, "", ""));

    assertThat(Details.failureOf(handle.result()))
        .isInstanceOf(MeshException.class)
        .hasMessageContaining("TASK_STATE_RUNNING");
  }

  @Test
  void shouldRunToTheEndWithoutBlockingWhenAsync() throws Exception {
    MeshClient client = mesh.client();
    CompletableFuture<Task> good = client.runAsync(TaskSpecs.of("ping"));
    mesh.tasks.nextWatch().send(succeeded("1", "pong"));
    CompletableFuture<Task> bad = client.runAsync(TaskSpecs.of("ping"));
    mesh.tasks.nextWatch().send(ended("1", TASK_STATE_FAILED, "HANDLER_ERROR", "no"));

    assertThat(Payloads.text(good.join().getResult())).isEqualTo("pong");
    assertThat(Details.failureOf(bad)).isInstanceOf(TaskFailedException.class);
  }

  @Test
  void shouldCancelTheTaskWhenAsked() throws Exception {
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));

    CompletableFuture<Task> cancelled = handle.cancel("changed my mind");
    mesh.tasks.nextWatch().send(ended("1", TASK_STATE_CANCELLED, "CANCELLED", "changed my mind"));

    assertThat(cancelled.join().getState()).isEqualTo(TASK_STATE_CANCELLED);
    assertThat(mesh.tasks.cancels)
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.getId()).isEqualTo("task-1");
              assertThat(request.getReason()).isEqualTo("changed my mind");
            });
    assertThat(Details.failureOf(handle.result())).isInstanceOf(TaskCancelledException.class);
  }

  @Test
  void shouldCancelAfterTheSubmissionWhenAskedBeforeIt() {
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));

    CompletableFuture<Task> cancelled = handle.cancel("too late?");
    assertThat(mesh.tasks.cancels).isEmpty();
    mesh.timers.advance(Duration.ofSeconds(10));

    assertThat(cancelled).isCompleted();
    assertThat(mesh.tasks.cancels).hasSize(1);
  }

  @Test
  void shouldCancelAgainWhenNoGatewayAnswered() {
    mesh.tasks.cancelScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));

    CompletableFuture<Task> cancelled = mesh.client().cancelAsync("task-7", "why not");
    mesh.timers.advance(Duration.ofSeconds(10));

    assertThat(cancelled.join().getState()).isEqualTo(TASK_STATE_CANCELLED);
    assertThat(mesh.tasks.cancels).hasSize(2).allMatch(request -> request.getId().equals("task-7"));
  }
}
