package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.client.MeshClient;
import io.reefmesh.client.StreamedTask;
import io.reefmesh.client.TaskPage;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.client.TaskStream;
import io.reefmesh.client.TaskStreamOptions;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lists go by pages while tasks arrive and change. */
@Timeout(180)
final class ListPagingTest {

  private static List<Task> all(MeshClient client, TaskFilter filter, int size) {
    List<Task> found = new ArrayList<>();
    String token = "";
    do {
      TaskPage page = client.list(filter, size, token);
      found.addAll(page.tasks());
      token = page.nextPageToken();
    } while (!token.isEmpty());
    return found;
  }

  private static List<String> submit(TaskStream stream, TaskSpec spec, int count) throws Exception {
    List<StreamedTask> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tasks.add(stream.submit(spec));
    }
    List<String> ids = new ArrayList<>();
    for (StreamedTask task : tasks) {
      ids.add(task.receipt().get(60, TimeUnit.SECONDS).taskId());
    }
    return ids;
  }

  @Test
  void shouldShowEachTaskOnceWhileTasksArriveAndEnd(@TempDir Path data) throws Exception {
    try (TestMesh mesh = TestMesh.durable(data);
        TaskStream stream = mesh.client().openTaskStream(TaskStreamOptions.standard())) {
      MeshClient client = mesh.client();
      TaskSpec labelled =
          TaskSpecs.of("echo").toBuilder().putLabels("batch", "1").setSessionId("").build();
      List<String> there = submit(stream, labelled, 2_000);
      mesh.node("a", 16, new FunctionHandler("echo", context -> TaskOutput.text("x")));
      AtomicBoolean done = new AtomicBoolean();
      CompletableFuture<Void> arriving =
          CompletableFuture.runAsync(
              () -> {
                try {
                  while (!done.get()) {
                    submit(stream, TaskSpecs.of("echo"), 50);
                  }
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });

      // when: lists of all, of a label, of a type, while states change
      for (int round = 0; round < 3; round++) {
        List<String> every =
            all(client, TaskFilter.getDefaultInstance(), 100).stream().map(Task::getId).toList();
        List<String> batch =
            all(client, TaskFilter.newBuilder().putLabels("batch", "1").build(), 37).stream()
                .map(Task::getId)
                .toList();

        // then
        assertThat(every).doesNotHaveDuplicates().containsAll(there);
        assertThat(batch).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(there);
      }
      TaskFilter queued = TaskFilter.newBuilder().addStates(TaskState.TASK_STATE_QUEUED).build();
      assertThat(all(client, queued, 100))
          .allMatch(task -> task.getState() == TaskState.TASK_STATE_QUEUED);
      done.set(true);
      arriving.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldEndAPageEarlyWhenAFilterMatchesNothing(@TempDir Path data) throws Exception {
    try (TestMesh mesh = TestMesh.durable(data);
        TaskStream stream = mesh.client().openTaskStream(TaskStreamOptions.standard())) {
      MeshClient client = mesh.client();
      submit(stream, TaskSpecs.of("echo"), 12_000);
      TaskFilter nothing = TaskFilter.newBuilder().setSessionId("nobody").build();

      TaskPage first = client.list(nothing, 100, "");
      assertThat(first.tasks()).isEmpty();
      assertThat(first.nextPageToken()).isNotEmpty();
      int calls = 1;
      String token = first.nextPageToken();
      while (!token.isEmpty()) {
        TaskPage page = client.list(nothing, 100, token);
        assertThat(page.tasks()).isEmpty();
        token = page.nextPageToken();
        calls++;
      }
      assertThat(calls).isEqualTo(3);
    }
  }
}
