package io.reefmesh.client;

import static io.reefmesh.client.Events.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.throwable;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SubmitTest {

  private static final TaskSpec PING = TaskSpecs.of("ping");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final InProcessMesh mesh = new InProcessMesh();

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
  }

  @Test
  void shouldMakeOneTaskWhenAnswersAreLostOnTheWay() {
    // given: the task is durable each time, the caller hears of it the third time
    mesh.tasks.submitScript.add(mesh.tasks.acceptAndLoseTheAnswer(Status.UNAVAILABLE));
    mesh.tasks.submitScript.add(mesh.tasks.acceptAndLoseTheAnswer(Status.UNAVAILABLE));

    // when
    TaskHandle handle = mesh.client().submit(PING);
    mesh.timers.advance(Duration.ofSeconds(10));

    // then
    assertThat(handle.submitted()).isCompletedWithValueMatching(t -> t.getId().equals("task-1"));
    assertThat(mesh.tasks.submits).hasSize(3);
    assertThat(requestIds()).containsOnly(handle.requestId());
    assertThat(mesh.tasks.acceptedByRequestId).hasSize(1);
  }

  @Test
  void shouldUseANewRequestIdWhenATaskIsNew() {
    MeshClient client = mesh.client();

    for (int i = 0; i < 20; i++) {
      client.submit(PING);
    }

    assertThat(new HashSet<>(requestIds())).hasSize(20);
    assertThat(mesh.tasks.acceptedByRequestId).hasSize(20);
  }

  @Test
  void shouldUseTheCallersRequestIdWhenGivenOne() {
    MeshClient client = mesh.client();

    TaskHandle first = client.submit(PING, new SubmitOptions("order-17"));
    TaskHandle second = client.submit(PING, new SubmitOptions("order-17"));

    assertThat(requestIds()).containsExactly("order-17", "order-17");
    assertThat(first.id().join()).isEqualTo(second.id().join());
  }

  @Test
  void shouldRefuseARequestIdWhenItIsEmptyOrTooLong() {
    assertThat(new SubmitOptions("x".repeat(128)).requestId()).hasSize(128);
    assertThatThrownBy(() -> new SubmitOptions("")).hasMessageContaining("1 to 128");
    assertThatThrownBy(() -> new SubmitOptions("x".repeat(129))).hasMessageContaining("1 to 128");
  }

  @Test
  void shouldAskForBytesAndNameTheProjectWhenItSubmits() {
    MeshClient client = mesh.client(mesh.builder().project("aquarium"));

    client.submit(PING);

    assertThat(mesh.tasks.submits.get(0).getPayloadForm()).isEqualTo(PayloadForm.PAYLOAD_FORM_DATA);
    assertThat(mesh.tasks.headers)
        .isNotEmpty()
        .allSatisfy(h -> assertThat(Details.header(h, "reefmesh-project")).isEqualTo("aquarium"));
  }

  @Test
  void shouldSubmitAgainWhenTheAnswerDoesNotComeInTime() throws Exception {
    // given: real time, since the deadline of a call is kept by gRPC
    mesh.tasks.submitScript.add(mesh.tasks.acceptInSilence());
    MeshClient client =
        mesh.client(MeshClient.builder().channel(mesh.channel).callTimeout(Duration.ofMillis(100)));

    // when
    Task task = client.submit(PING).submitted().get(10, TimeUnit.SECONDS);

    // then
    assertThat(task.getId()).isEqualTo("task-1");
    assertThat(requestIds()).hasSizeGreaterThan(1).containsOnly(task.getRequestId());
    assertThat(mesh.tasks.acceptedByRequestId).hasSize(1);
  }

  @Test
  void shouldWaitAsLongAsToldWhenTheGatewayIsFull() {
    // given
    StatusRuntimeException full =
        Details.status(Status.Code.RESOURCE_EXHAUSTED, "queue full", Details.retryIn(7));
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(full));

    // when
    CompletableFuture<Task> submitted = mesh.client().submit(PING).submitted();
    mesh.timers.advance(Duration.ofMillis(6_999));

    // then: not earlier, and at most the first back-off later
    assertThat(mesh.tasks.submits).hasSize(1);
    mesh.timers.advance(Duration.ofMillis(102));
    assertThat(submitted).isCompleted();
    assertThat(mesh.tasks.submits).hasSize(2);
  }

  @Test
  void shouldFailAtOnceWhenTheGatewayWantsMoreTimeThanThereIs() {
    StatusRuntimeException full =
        Details.status(Status.Code.RESOURCE_EXHAUSTED, "queue full", Details.retryIn(61));
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(full));

    TaskHandle handle = mesh.client().submit(PING);

    assertThat(Details.failureOf(handle.submitted()))
        .isInstanceOfSatisfying(
            MeshOverloadedException.class,
            e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(61)));
    assertThat(mesh.timers.pending()).isZero();
  }

  @Test
  void shouldNotRepeatWhenALimitComesWithoutAdvice() {
    mesh.tasks.submitScript.add(
        ScriptedTaskService.fail(Status.RESOURCE_EXHAUSTED.withDescription("payload too large")));

    TaskHandle handle = mesh.client().submit(PING);

    assertThat(Details.failureOf(handle.outcome())).isInstanceOf(MeshOverloadedException.class);
    assertThat(mesh.tasks.submits).hasSize(1);
  }

  @Test
  void shouldGiveUpAfterAMinuteWhenNoGatewayAnswers() {
    // given
    for (int i = 0; i < 200; i++) {
      mesh.tasks.submitScript.add(
          ScriptedTaskService.fail(Status.UNAVAILABLE.withDescription("down")));
    }

    // when
    TaskHandle handle = mesh.client().submit(PING);
    mesh.timers.advance(Duration.ofSeconds(50));
    assertThat(handle.submitted()).isNotDone();
    mesh.timers.advance(Duration.ofSeconds(11));

    // then
    assertThat(Details.failureOf(handle.submitted()))
        .isInstanceOf(MeshUnavailableException.class)
        .hasMessageContainingAll("SubmitTask", "down", "attempts in");
    assertThat(mesh.tasks.submits).hasSizeBetween(12, 60);
    assertThat(mesh.timers.pending()).isZero();
  }

  @Test
  void shouldStopAtTheMostAttemptsWhenTheyAreFew() {
    for (int i = 0; i < 9; i++) {
      mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
    }
    CallRetry three = new CallRetry(3, MINUTE, Duration.ofMillis(1), Duration.ofMillis(10));

    TaskHandle handle = mesh.client(mesh.builder().retry(three)).submit(PING);
    mesh.timers.advance(MINUTE);

    assertThat(Details.failureOf(handle.submitted())).isInstanceOf(MeshUnavailableException.class);
    assertThat(mesh.tasks.submits).hasSize(3);
  }

  @Test
  void shouldNotRepeatWhenTheTaskIsWrong() {
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.INVALID_ARGUMENT));

    TaskHandle handle = mesh.client().submit(PING);

    assertThat(Details.failureOf(handle.submitted())).isInstanceOf(InvalidTaskException.class);
    assertThat(Details.failureOf(handle.outcome())).isInstanceOf(InvalidTaskException.class);
    assertThat(Details.failureOf(handle.result())).isInstanceOf(InvalidTaskException.class);
    assertThat(Details.failureOf(handle.cancel("no"))).isInstanceOf(InvalidTaskException.class);
    assertThat(mesh.tasks.cancels).isEmpty();
  }

  @Test
  void shouldRefuseMoreTasksWhenAsManyAreOpenAsAllowed() throws Exception {
    // given
    MeshClient client = mesh.client(mesh.builder().maxOpenTasks(2));
    client.submit(PING);
    client.submit(PING);

    // when, then
    assertThat(Details.failureOf(client.submit(PING).outcome()))
        .isInstanceOf(MeshOverloadedException.class)
        .hasMessageContaining("maxOpenTasks");
    assertThatThrownBy(() -> client.watch("task-1", new RecordingListener()))
        .isInstanceOf(MeshOverloadedException.class);

    // when one ended, then there is room again
    ScriptedTaskService.OpenWatch first = mesh.tasks.nextWatch();
    first.send(succeeded("1", "ok"));
    first.complete();
    assertThat(client.submit(PING).submitted()).isCompleted();
  }

  @Test
  void shouldStopTryingWhenDetachedBeforeItWasAccepted() {
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
    TaskHandle handle = mesh.client().submit(PING);

    handle.detach();
    mesh.timers.advance(MINUTE);

    assertThat(mesh.tasks.submits).hasSize(1);
    assertThat(handle.submitted()).isCancelled();
    assertThat(handle.outcome()).isCancelled();
    assertThat(mesh.timers.pending()).isZero();
  }

  @Test
  void shouldKeepItsOwnFuturesWhenCallersEndTheirs() throws Exception {
    TaskHandle handle = mesh.client().submit(PING);

    handle.outcome().cancel(true);
    handle.submitted().obtrudeException(new IllegalStateException("mine"));
    mesh.tasks.nextWatch().send(succeeded("1", "ok"));

    assertThat(handle.submitted()).isCompleted();
    assertThat(Payloads.text(handle.result().join())).isEqualTo("ok");
  }

  @Test
  void shouldTellTheCauseItselfWhenWaitedFor() {
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.ALREADY_EXISTS));

    TaskHandle handle = mesh.client().submit(PING);

    assertThatThrownBy(handle::awaitResult)
        .asInstanceOf(throwable(DuplicateRequestException.class))
        .hasCauseInstanceOf(StatusRuntimeException.class);
  }

  private List<String> requestIds() {
    return mesh.tasks.submits.stream().map(SubmitTaskRequest::getRequestId).toList();
  }

  @Test
  void shouldDrawDifferentWaitsWhenManyClientsAreTurnedAwayAtOnce() {
    Set<Duration> waits = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
      TaskHandle handle = mesh.client().submit(PING);
      waits.add(mesh.timers.untilNext());
      handle.detach();
    }
    assertThat(waits).hasSizeGreaterThan(15);
    assertThat(waits).allMatch(wait -> wait.compareTo(Duration.ofMillis(100)) <= 0);
  }
}
