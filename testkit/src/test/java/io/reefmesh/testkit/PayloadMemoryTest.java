package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.client.MeshClient;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.client.TaskListener;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that keeps no payload in memory: nobody sees a difference. */
@Timeout(120)
final class PayloadMemoryTest {

  private static final Map<String, String> NONE = Map.of("limits.payload-memory", "0");

  private static FunctionHandler echo() {
    return new FunctionHandler("echo", context -> TaskOutput.data(context.payload()));
  }

  private static String idOf(TaskHandle handle) throws Exception {
    return handle.id().get(30, TimeUnit.SECONDS);
  }

  private static String textIn(Task task) {
    return task.getSpec().getPayload().getData().toStringUtf8();
  }

  /** What a watcher was told that a task was asked for. */
  private static final class Told implements TaskListener {
    final ConcurrentLinkedQueue<String> texts = new ConcurrentLinkedQueue<>();
    final CompletableFuture<Task> finished = new CompletableFuture<>();

    @Override
    public void onState(Task task) {
      texts.add(textIn(task));
    }

    @Override
    public void onFinished(Task task) {
      texts.add(textIn(task));
      finished.complete(task);
    }
  }

  @Test
  void shouldRunWhatWaitedAlsoOverARestart(@TempDir Path data) throws Exception {
    try (TestMesh mesh = TestMesh.durable(data, NONE)) {
      MeshClient client = mesh.client();
      List<TaskHandle> before = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        before.add(client.submit(TaskSpecs.text("echo", "number " + i)));
      }
      for (TaskHandle handle : before) {
        idOf(handle);
      }
      mesh.restartGateway();

      // when
      mesh.node("a", 16, echo());
      mesh.node("b", 16, echo());

      // then
      for (int i = 0; i < before.size(); i++) {
        Task ended = client.get(idOf(before.get(i)));
        if (!ended.hasFinishTime()) {
          ended = before.get(i).outcome().get(60, TimeUnit.SECONDS);
        }
        assertThat(ended.getState()).isEqualTo(TaskState.TASK_STATE_SUCCEEDED);
        assertThat(ended.getResult().getData().toStringUtf8()).isEqualTo("number " + i);
      }
    }
  }

  @Test
  void shouldShowReadersWhatWasAskedFor(@TempDir Path data) throws Exception {
    try (TestMesh mesh = TestMesh.durable(data, NONE)) {
      MeshClient client = mesh.client();
      String waits = idOf(client.submit(TaskSpecs.text("echo", "hello")));
      String other = idOf(client.submit(TaskSpecs.text("none", "bye")));
      Told early = new Told();
      client.watch(waits, early);

      // when
      Task read = client.get(waits);
      List<Task> listed =
          client.list(ListTasksRequest.newBuilder().setIncludePayloads(true).build()).tasks();
      Task cancelled = client.cancel(other, "no longer needed");
      Task again = client.retry(other);
      Eventually.await(() -> !early.texts.isEmpty());
      mesh.node("a", 1, echo());
      Task ended = early.finished.get(30, TimeUnit.SECONDS);

      // then
      assertThat(textIn(read)).isEqualTo("hello");
      assertThat(listed).extracting(PayloadMemoryTest::textIn).containsExactly("bye", "hello");
      assertThat(textIn(cancelled)).isEqualTo("bye");
      assertThat(textIn(again)).isEqualTo("bye");
      assertThat(early.texts).hasSizeGreaterThanOrEqualTo(2).allMatch("hello"::equals);
      assertThat(ended.getResult().getData().toStringUtf8()).isEqualTo("hello");
      Told late = new Told();
      client.watch(waits, late);
      late.finished.get(30, TimeUnit.SECONDS);
      assertThat(late.texts).contains("hello").allMatch("hello"::equals);
    }
  }

  @Test
  void shouldGiveEveryAttemptThePayload() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory(NONE)) {
      mesh.node(
          "a",
          1,
          new FunctionHandler(
              "moody",
              context -> {
                if (context.attempt() < 3) {
                  throw new TaskFailedException("MOODY", context.payload().toStringUtf8(), true);
                }
                return TaskOutput.data(context.payload());
              }));
      Task ended =
          mesh.client()
              .run(
                  TaskSpecs.text("moody", "again").toBuilder()
                      .setRetry(
                          RetryPolicy.newBuilder()
                              .setMaxAttempts(3)
                              .setInitialBackoff(
                                  com.google.protobuf.Duration.newBuilder().setNanos(1_000_000)))
                      .build());
      assertThat(ended.getResult().getData().toStringUtf8()).isEqualTo("again");
      assertThat(ended.getAttemptsList().get(0).getFailure().getMessage()).contains("again");
    }
  }
}
