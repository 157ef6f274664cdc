package io.reefmesh.client;

import static io.reefmesh.client.Events.attempt;
import static io.reefmesh.client.Events.gap;
import static io.reefmesh.client.Events.output;
import static io.reefmesh.client.Events.state;
import static io.reefmesh.client.Events.succeeded;
import static io.reefmesh.v1.TaskState.TASK_STATE_QUEUED;
import static io.reefmesh.v1.TaskState.TASK_STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.reefmesh.client.ScriptedTaskService.OpenWatch;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Watches and handles over streams that break. */
final class FollowTest {

  private static final Duration FEW_SECONDS = Duration.ofSeconds(10);

  private final InProcessMesh mesh = new InProcessMesh();
  private final RecordingListener listener = new RecordingListener();

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
  }

  @Test
  void shouldHearEverythingInOrderWhenTheStreamHolds() throws Exception {
    TaskWatch watch = mesh.client().watch("task-1", listener);

    OpenWatch stream = mesh.tasks.nextWatch();
    stream.send(
        state("1", TASK_STATE_QUEUED),
        attempt("2", 1),
        state("3", TASK_STATE_RUNNING),
        output("4", 1, 0, "half "),
        output("5", 1, 5, "done"),
        succeeded("6", "whole"));
    stream.complete();

    assertThat(listener.heard)
        .containsExactly(
            "state QUEUED",
            "attempt 1",
            "state RUNNING",
            "output 0 half ",
            "output 5 done",
            "finished whole");
    assertThat(watch.finished()).isCompleted();
    assertThat(watch.cursor()).isEqualTo("6");
    assertThat(stream.request.getPayloadForm()).isEqualTo(PayloadForm.PAYLOAD_FORM_DATA);
    assertThat(mesh.timers.pending()).isZero();
  }

  @Test
  void shouldGoOnFromTheLastCursorWhenTheStreamBreaks() throws Exception {
    // given
    TaskWatch watch = mesh.client().watch("task-1", listener);
    OpenWatch first = mesh.tasks.nextWatch();
    assertThat(first.request.getCursor()).isEmpty();
    first.send(state("c1", TASK_STATE_RUNNING), attempt("c2", 1), output("c3", 1, 0, "one "));

    // when
    first.breakWith(Status.UNAVAILABLE);
    mesh.timers.advance(FEW_SECONDS);

    // then: the gateway repeats itself, the listener does not hear it
    OpenWatch second = mesh.tasks.nextWatch();
    assertThat(second.request.getId()).isEqualTo("task-1");
    assertThat(second.request.getCursor()).isEqualTo("c3");
    second.send(
        state("c4", TASK_STATE_RUNNING),
        attempt("c4", 1),
        output("c4", 1, 0, "one "),
        output("c5", 1, 4, "two"),
        succeeded("c6", "12"));
    assertThat(listener.heard)
        .containsExactly(
            "state RUNNING", "attempt 1", "output 0 one ", "output 4 two", "finished 12");
    assertThat(watch.finished()).isCompleted();
  }

  @Test
  void shouldTellOfGapAndNewAttemptWhenTheGatewayStartedAnew() throws Exception {
    TaskWatch watch = mesh.client().watch("task-1", listener);
    OpenWatch first = mesh.tasks.nextWatch();
    first.send(attempt("e1-1", 1), output("e1-2", 1, 0, "old"));
    first.breakWith(Status.UNAVAILABLE);
    mesh.timers.advance(FEW_SECONDS);

    mesh.tasks
        .nextWatch()
        .send(
            state("e2-1", TASK_STATE_RUNNING),
            gap("e2-1", "the gateway was restarted"),
            attempt("e2-2", 2),
            output("e2-3", 2, 0, "new"),
            succeeded("e2-4", "new"));

    assertThat(listener.heard)
        .containsExactly(
            "attempt 1",
            "output 0 old",
            "state RUNNING",
            "gap the gateway was restarted",
            "attempt 2",
            "output 0 new",
            "finished new");
    assertThat(watch.finished()).isCompleted();
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"UNAVAILABLE", "INTERNAL", "ABORTED", "UNKNOWN", "CANCELLED"})
  void shouldResumeWhenABreakSaysNothingAboutTheTask(Status.Code code) throws Exception {
    mesh.client().watch("task-1", listener);

    mesh.tasks.nextWatch().breakWith(code.toStatus());
    mesh.timers.advance(FEW_SECONDS);

    mesh.tasks.nextWatch().send(succeeded("1", "ok"));
    assertThat(listener.heard).containsExactly("finished ok");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "NOT_FOUND",
        "INVALID_ARGUMENT",
        "PERMISSION_DENIED",
        "UNAUTHENTICATED",
        "UNIMPLEMENTED",
        "FAILED_PRECONDITION",
        "RESOURCE_EXHAUSTED"
      })
  void shouldBreakWhenNoOtherStreamWouldFareBetter(Status.Code code) throws Exception {
    TaskWatch watch = mesh.client().watch("task-1", listener);

    mesh.tasks.nextWatch().breakWith(code.toStatus());

    assertThat(listener.heard).containsExactly("broken " + code);
    assertThat(Details.failureOf(watch.finished())).isSameAs(listener.broken.get(0));
    assertThat(mesh.timers.pending()).isZero();
  }

  @Test
  void shouldComeBackWhenToldWhenThereAreTooManyWatchers() throws Exception {
    mesh.client().watch("task-1", listener);

    mesh.tasks
        .nextWatch()
        .breakWith(Details.status(Status.Code.RESOURCE_EXHAUSTED, "full", Details.retryIn(30)));
    mesh.timers.advance(Duration.ofSeconds(29));
    assertThat(mesh.tasks.untakenWatches()).isZero();
    mesh.timers.advance(Duration.ofSeconds(2));

    assertThat(mesh.tasks.untakenWatches()).isOne();
  }

  @Test
  void shouldResumeWhenTheStreamEndsBeforeTheTask() throws Exception {
    mesh.client().watch("task-1", listener);

    mesh.tasks.nextWatch().send(state("1", TASK_STATE_RUNNING)).complete();
    mesh.timers.advance(FEW_SECONDS);

    assertThat(mesh.tasks.nextWatch().request.getCursor()).isEqualTo("1");
  }

  @Test
  void shouldGiveUpWhenTheGatewayStaysAwayForTooLong() throws Exception {
    // given: a break that was mended, then hours of silence over a stream that held
    TaskWatch watch =
        mesh.client(mesh.builder().followFor(Duration.ofMinutes(2))).watch("task-1", listener);
    mesh.tasks.nextWatch().breakWith(Status.UNAVAILABLE);
    mesh.timers.advance(mesh.timers.untilNext());
    OpenWatch held = mesh.tasks.nextWatch();
    held.send(state("1", TASK_STATE_RUNNING));
    mesh.timers.advance(Duration.ofHours(3));

    // when
    held.breakWith(Status.UNAVAILABLE.withDescription("down"));
    assertThat(watch.finished()).isNotDone();
    for (int i = 0; i < 1_000 && !watch.finished().isDone(); i++) {
      mesh.timers.advance(mesh.timers.untilNext());
      mesh.tasks.nextWatch().breakWith(Status.UNAVAILABLE.withDescription("down"));
    }

    // then
    assertThat(Details.failureOf(watch.finished()))
        .isInstanceOf(MeshUnavailableException.class)
        .hasMessageContainingAll("down", "task-1", "away for");
    assertThat(Duration.ofNanos(mesh.timers.nanoTime()).minusHours(3))
        .isBetween(Duration.ofMinutes(2), Duration.ofMinutes(2).plusSeconds(6));
    assertThat(listener.heard).containsExactly("state RUNNING", "broken UNAVAILABLE");
  }

  @Test
  void shouldWaitLongerEachTimeAndShortAgainWhenThereWasNews() throws Exception {
    mesh.client().watch("task-1", listener);
    Duration longest = Duration.ZERO;
    for (int i = 0; i < 40; i++) {
      mesh.tasks.nextWatch().breakWith(Status.UNAVAILABLE);
      Duration wait = mesh.timers.untilNext();
      longest = wait.compareTo(longest) > 0 ? wait : longest;
      mesh.timers.advance(wait);
    }
    assertThat(longest).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));

    mesh.tasks.nextWatch().send(output("1", 1, 0, "news")).breakWith(Status.UNAVAILABLE);

    assertThat(mesh.timers.untilNext()).isLessThanOrEqualTo(Duration.ofMillis(100));
  }

  @Test
  void shouldKeepItsPaceWhenEachStreamOnlyRepeatsTheState() throws Exception {
    mesh.client().watch("task-1", listener);
    Duration longest = Duration.ZERO;
    for (int i = 0; i < 40; i++) {
      mesh.tasks.nextWatch().send(state("1", TASK_STATE_RUNNING)).breakWith(Status.UNAVAILABLE);
      Duration wait = mesh.timers.untilNext();
      longest = wait.compareTo(longest) > 0 ? wait : longest;
      mesh.timers.advance(wait);
    }
    assertThat(longest).isGreaterThan(Duration.ofSeconds(3));
    assertThat(listener.heard).containsExactly("state RUNNING");
  }

  @Test
  void shouldGoOnFromTheGivenCursorWhenWatchingAnew() throws Exception {
    mesh.client().watch("task-1", "c7", listener);

    OpenWatch stream = mesh.tasks.nextWatch();
    stream.send(output("c8", 1, 700, "tail"));

    assertThat(stream.request.getCursor()).isEqualTo("c7");
    assertThat(listener.heard).containsExactly("output 700 tail");
  }

  @Test
  void shouldHearNothingMoreWhenTheWatchWasClosed() throws Exception {
    TaskWatch watch = mesh.client().watch("task-1", listener);
    OpenWatch stream = mesh.tasks.nextWatch();
    stream.send(state("1", TASK_STATE_RUNNING));

    watch.close();
    watch.close();

    assertThat(stream.awaitCancelled()).isTrue();
    assertThat(watch.finished()).isCancelled();
    assertThat(listener.heard).containsExactly("state RUNNING");
    mesh.timers.advance(FEW_SECONDS);
    assertThat(mesh.tasks.untakenWatches()).isZero();
  }

  @Test
  void shouldNotOpenAnotherStreamWhenClosedDuringTheBackOff() throws Exception {
    TaskWatch watch = mesh.client().watch("task-1", listener);
    mesh.tasks.nextWatch().breakWith(Status.UNAVAILABLE);

    watch.close();
    mesh.timers.advance(FEW_SECONDS);

    assertThat(mesh.tasks.untakenWatches()).isZero();
    assertThat(listener.heard).isEmpty();
    assertThat(mesh.timers.pending()).isZero();
  }

  @Test
  void shouldReachTheOutcomeWhenTheListenerThrows() throws Exception {
    List<String> pieces = new ArrayList<>();
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));
    handle.onOutput(
        chunk -> {
          pieces.add(Payloads.text(chunk));
          throw new IllegalStateException("printer on fire");
        });

    mesh.tasks.nextWatch(); // the one before the listener came: closed by it
    mesh.tasks
        .nextWatch()
        .send(output("1", 1, 0, "a"), output("2", 1, 1, "b"), succeeded("3", "ok"));

    assertThat(pieces).containsExactly("a", "b");
    assertThat(Payloads.text(handle.awaitResult())).isEqualTo("ok");
  }

  @Test
  void shouldCancelTheStreamWhenTheGatewayDoesNotCloseItAfterTheOutcome() throws Exception {
    TaskWatch watch = mesh.client().watch("task-1", listener);
    OpenWatch stream = mesh.tasks.nextWatch();
    stream.send(succeeded("1", "ok"));
    assertThat(watch.finished()).isCompleted();
    assertThat(stream.isCancelled()).isFalse();

    mesh.timers.advance(FEW_SECONDS);

    assertThat(stream.awaitCancelled()).isTrue();
  }

  @Test
  void shouldSendOutputFromTheBeginningWhenTheListenerComesLate() throws Exception {
    // given: output passed before anybody listened
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));
    OpenWatch early = mesh.tasks.nextWatch();
    early.send(attempt("1", 1), output("2", 1, 0, "early "));

    // when
    handle.onOutput(listener);

    // then
    assertThat(early.awaitCancelled()).isTrue();
    OpenWatch whole = mesh.tasks.nextWatch();
    assertThat(whole.request.getCursor()).isEmpty();
    whole.send(
        attempt("1", 1),
        output("2", 1, 0, "early "),
        output("3", 1, 6, "late"),
        succeeded("4", "ok"));
    assertThat(listener.heard).containsExactly("attempt 1", "output 0 early ", "output 6 late");
    assertThat(handle.outcome()).isCompleted();
    assertThatThrownBy(() -> handle.onOutput(chunk -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("MeshClient.watch");
  }

  @Test
  void shouldSendOutputWhenTheTaskHasEndedAlready() throws Exception {
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));
    mesh.tasks.nextWatch().send(output("1", 1, 0, "all"), succeeded("2", "ok"));
    assertThat(handle.outcome()).isCompleted();

    handle.onOutput(listener);
    mesh.tasks.nextWatch().send(output("1", 1, 0, "all"), succeeded("2", "ok"));

    assertThat(listener.heard).containsExactly("output 0 all");
  }

  @Test
  void shouldFollowAfterTheSubmissionWhenTheListenerComesBeforeIt() throws Exception {
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping")).onOutput(listener);
    assertThat(mesh.tasks.untakenWatches()).isZero();

    mesh.timers.advance(FEW_SECONDS);
    mesh.tasks.nextWatch().send(output("1", 1, 0, "all"), succeeded("2", "ok"));

    assertThat(listener.heard).containsExactly("output 0 all");
    assertThat(mesh.tasks.untakenWatches()).isZero();
    assertThat(handle.outcome()).isCompleted();
  }

  @Test
  void shouldCompleteTheOutcomeAfterTheListenerHeardAll() throws Exception {
    List<String> order = new ArrayList<>();
    CompletableFuture<OutputChunk> last = new CompletableFuture<>();
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));
    handle.onOutput(
        chunk -> {
          order.add("output");
          last.complete(chunk);
        });
    CompletableFuture<Void> noted =
        handle.outcome().thenAccept((Task task) -> order.add("outcome"));
    mesh.timers.advance(FEW_SECONDS);

    mesh.tasks.nextWatch().send(output("1", 1, 0, "x"), succeeded("2", "ok"));

    assertThat(noted).isCompleted();
    assertThat(order).containsExactly("output", "outcome");
  }

  @Test
  void shouldStopFollowingWhenDetached() throws Exception {
    TaskHandle handle = mesh.client().submit(TaskSpecs.of("ping"));
    OpenWatch stream = mesh.tasks.nextWatch();

    handle.detach();

    assertThat(stream.awaitCancelled()).isTrue();
    assertThat(handle.outcome()).isCancelled();
    assertThat(handle.submitted()).isCompleted();
    assertThat(mesh.tasks.cancels).isEmpty();
  }
}
