package io.reefmesh.client;

import static io.reefmesh.client.Events.state;
import static io.reefmesh.client.Events.succeeded;
import static io.reefmesh.v1.TaskState.TASK_STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.reefmesh.client.ScriptedTaskService.OpenWatch;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class CloseTest {

  private static final TaskSpec PING = TaskSpecs.of("ping");

  private final InProcessMesh mesh = new InProcessMesh();
  private final MeshClient client = mesh.client();

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
  }

  @Test
  void shouldLeaveNobodyWaitingWhenClosed() throws Exception {
    // given: one of everything
    TaskHandle followed = client.submit(PING);
    OpenWatch followedStream = mesh.tasks.nextWatch();
    mesh.tasks.submitScript.add(ScriptedTaskService.silence());
    TaskHandle unanswered = client.submit(PING);
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
    TaskHandle backingOff = client.submit(PING);
    RecordingListener listener = new RecordingListener();
    TaskWatch watch = client.watch("task-1", listener);
    OpenWatch watchStream = mesh.tasks.nextWatch().send(state("1", TASK_STATE_RUNNING));
    RecordingListener waiting = new RecordingListener();
    TaskWatch broken = client.watch("task-1", waiting);
    mesh.tasks.nextWatch().breakWith(Status.UNAVAILABLE);
    mesh.tasks.getScript.add(ScriptedTaskService.silence());
    CompletableFuture<Task> asked = client.getAsync("task-1");

    // when
    client.close();

    // then
    for (CompletableFuture<?> future :
        new CompletableFuture<?>[] {
          followed.outcome(),
          followed.result(),
          unanswered.submitted(),
          unanswered.outcome(),
          backingOff.submitted(),
          backingOff.outcome(),
          watch.finished(),
          broken.finished(),
          asked
        }) {
      assertThat(Details.failureOf(future))
          .isInstanceOf(MeshClosedException.class)
          .hasMessageContaining("closed");
    }
    assertThat(followed.submitted()).isCompleted();
    assertThat(followedStream.awaitCancelled()).isTrue();
    assertThat(watchStream.awaitCancelled()).isTrue();
    assertThat(listener.heard).containsExactly("state RUNNING", "broken CANCELLED");
    assertThat(waiting.heard).containsExactly("broken CANCELLED");
    assertThat(mesh.timers.pending()).isZero();
    assertThat(mesh.tasks.cancels).isEmpty();
  }

  @Test
  void shouldRefuseEverythingWhenClosedBefore() {
    client.close();
    client.close();
    RecordingListener listener = new RecordingListener();

    assertThat(Details.failureOf(client.submit(PING).submitted()))
        .isInstanceOf(MeshClosedException.class);
    assertThatThrownBy(() -> client.get("task-1")).isInstanceOf(MeshClosedException.class);
    assertThatThrownBy(() -> client.run(PING)).isInstanceOf(MeshClosedException.class);
    assertThat(Details.failureOf(client.watch("task-1", listener).finished()))
        .isInstanceOf(MeshClosedException.class);
    assertThat(listener.heard).containsExactly("broken CANCELLED");
    assertThat(mesh.tasks.submits).isEmpty();
  }

  @Test
  void shouldLeaveTheChannelOpenWhenItWasGiven() {
    client.close();

    assertThat(mesh.channel.isShutdown()).isFalse();
  }

  @Test
  void shouldKeepWhatEndedBeforeWhenClosed() throws Exception {
    TaskHandle handle = client.submit(PING);
    OpenWatch stream = mesh.tasks.nextWatch().send(succeeded("1", "ok"));

    client.close();

    assertThat(Payloads.text(handle.awaitResult())).isEqualTo("ok");
    assertThat(stream.awaitCancelled()).isTrue();
  }

  @Test
  void shouldStopItsTimerThreadWhenClosed() throws Exception {
    mesh.tasks.submitScript.add(ScriptedTaskService.fail(Status.UNAVAILABLE));
    DaemonTimers timers = new DaemonTimers();
    MeshClient real = mesh.client(mesh.builder().timers(timers));
    assertThat(real.submit(PING).submitted().join().getId()).isEqualTo("task-1");

    real.close();

    assertThat(timers.awaitStopped(Duration.ofSeconds(10))).isTrue();
  }
}
