package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Timestamps;
import io.grpc.Status;
import io.reefmesh.client.InvalidRequestException;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.client.TaskNotFoundException;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.RetriedTask;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.RetryTasksRequest;
import io.reefmesh.v1.RetryTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ended tasks run again. */
@Timeout(120)
final class RetryTest {

  private static final FunctionHandler BROKEN =
      new FunctionHandler(
          "broken",
          context -> {
            throw new TaskFailedException("BROKEN", "it is broken", false);
          });
  private static final FunctionHandler ECHO =
      new FunctionHandler("echo", context -> TaskOutput.data(context.payload()));

  private static Task failed(MeshClient client, TaskSpec spec) throws Exception {
    Task task = client.submit(spec).outcome().get(30, TimeUnit.SECONDS);
    assertThat(task.getState()).isEqualTo(TaskState.TASK_STATE_FAILED);
    return task;
  }

  @Test
  void shouldRunAFailedTaskAgainAsANewOneThatNamesIt(@TempDir Path data) throws Exception {
    try (TestMesh mesh = TestMesh.durable(data)) {
      mesh.node("a", 1, BROKEN);
      MeshClient client = mesh.client();
      TaskSpec spec =
          TaskSpecs.text("broken", "x").toBuilder()
              .setPriority(2)
              .putLabels("k", "v")
              .setSessionId("s")
              .setRetry(RetryPolicy.newBuilder().setMaxAttempts(7))
              .build();
      Task old = failed(client, spec);

      // when
      Task retried = client.retryAsync(old.getId(), new SubmitOptions("r1")).get();
      Task again = client.retryAsync(old.getId(), new SubmitOptions("r1")).get();
      Task another = client.retry(old.getId());

      // then
      assertThat(retried.getRetryOf()).isEqualTo(old.getId());
      assertThat(retried.getId()).isNotEqualTo(old.getId());
      assertThat(retried.getSpec()).isEqualTo(old.getSpec());
      assertThat(again.getId()).isEqualTo(retried.getId());
      assertThat(another.getId()).isNotIn(old.getId(), retried.getId());
      Eventually.await(() -> client.get(another.getId()).hasFinishTime());
      Task ended = client.get(retried.getId());
      mesh.restartGateway();
      assertThat(client.get(retried.getId())).isEqualTo(ended);
      assertThat(ended.getRetryOf()).isEqualTo(old.getId());
      assertThat(ended.getAttempts(0).getNumber()).isEqualTo(1);
    }
  }

  @Test
  void shouldRefuseToRetryWhatDidNotEndWithoutAResult() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      MeshClient client = mesh.client();
      TaskHandle waiting = client.submit(TaskSpecs.of("nothing"));
      String queued = waiting.id().get(30, TimeUnit.SECONDS);
      assertRefused(client, queued, "QUEUED");
      mesh.node("a", 1, ECHO);
      String succeeded = client.run(TaskSpecs.of("echo")).getId();
      assertRefused(client, succeeded, "SUCCEEDED");
      assertThatThrownBy(() -> client.retry("0000000000000"))
          .isInstanceOf(TaskNotFoundException.class);

      client.cancel(queued, "no longer needed");
      assertThat(client.retry(queued).getRetryOf()).isEqualTo(queued);
    }
  }

  private static void assertRefused(MeshClient client, String id, String state) {
    assertThatThrownBy(() -> client.retry(id))
        .isInstanceOfSatisfying(
            MeshException.class,
            e -> {
              assertThat(e.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
              assertThat(e.reason()).contains("TASK_NOT_RETRYABLE");
              assertThat(e.metadata()).containsEntry("state", state);
            });
  }

  @Test
  void shouldRefuseARequestIdThatMadeAnotherRetry() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 1, BROKEN);
      MeshClient client = mesh.client();
      Task one = failed(client, TaskSpecs.of("broken"));
      Task two = failed(client, TaskSpecs.of("broken"));
      client.retryAsync(one.getId(), new SubmitOptions("r")).get();
      assertThatThrownBy(() -> client.retryAsync(two.getId(), new SubmitOptions("r")).get())
          .hasCauseInstanceOf(io.reefmesh.client.DuplicateRequestException.class);
    }
  }

  @Test
  void shouldDropANotBeforeThatHasPassedAndKeepOneThatHasNot() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      MeshClient client = mesh.client();
      long now = System.currentTimeMillis();
      String soon = cancelled(client, now + 300);
      String late = cancelled(client, now + 3_600_000);
      Eventually.await(() -> System.currentTimeMillis() > now + 1_000);
      assertThat(client.retry(soon).getSpec().hasNotBefore()).isFalse();
      assertThat(client.retry(late).getSpec().getNotBefore())
          .isEqualTo(Timestamps.fromMillis(now + 3_600_000));
    }
  }

  private static String cancelled(MeshClient client, long notBefore) throws Exception {
    TaskSpec spec =
        TaskSpecs.of("x").toBuilder().setNotBefore(Timestamps.fromMillis(notBefore)).build();
    String id = client.submit(spec).id().get(30, TimeUnit.SECONDS);
    client.cancel(id, "");
    return id;
  }

  @Test
  void shouldRetryAllOfAFilterOldestFirstAndNeverItsOwnRetries() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 4, BROKEN, ECHO);
      MeshClient client = mesh.client();
      List<String> old = new ArrayList<>();
      for (int i = 0; i < 25; i++) {
        old.add(failed(client, TaskSpecs.of("broken")).getId());
        client.run(TaskSpecs.of("echo"));
      }
      RetryTasksRequest first =
          RetryTasksRequest.newBuilder()
              .setFilter(TaskFilter.newBuilder().setType("broken"))
              .setLimit(10)
              .setRequestId("all")
              .build();

      // when: the new ones fail at once, and would match
      List<RetriedTask> retried = new ArrayList<>();
      String token = "";
      do {
        RetryTasksRequest request = first.toBuilder().setPageToken(token).build();
        RetryTasksResponse page = client.retryAll(request);
        assertThat(client.retryAll(request).getTasksList())
            .as("a repeat")
            .isEqualTo(page.getTasksList());
        for (RetriedTask task : page.getTasksList()) {
          Eventually.await(() -> client.get(task.getNewId()).hasFinishTime());
        }
        retried.addAll(page.getTasksList());
        token = page.getNextPageToken();
      } while (!token.isEmpty());

      // then
      assertThat(retried).extracting(RetriedTask::getOldId).containsExactlyElementsOf(old);
      assertThat(retried).extracting(RetriedTask::getNewId).doesNotHaveDuplicates();
      RetryTasksResponse wholeAgain = client.retryAll(first.toBuilder().setLimit(1_000).build());
      assertThat(wholeAgain.getTasksList()).isEqualTo(retried);
    }
  }

  @Test
  void shouldTellOfThoseThatAFullQueueRefused() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory(Map.of("limits.queue", "3"))) {
      MeshClient client = mesh.client();
      for (int i = 0; i < 5; i++) {
        client.cancel(client.submit(TaskSpecs.of("x")).id().get(30, TimeUnit.SECONDS), "");
      }
      RetryTasksResponse page =
          client.retryAll(RetryTasksRequest.newBuilder().setRequestId("full").build());
      assertThat(page.getTasksList()).hasSize(5);
      assertThat(page.getTasksList().subList(0, 3)).noneMatch(RetriedTask::hasRefusal);
      assertThat(page.getTasksList().subList(3, 5))
          .allSatisfy(task -> assertThat(task.getRefusal().getCode()).isEqualTo(8))
          .allSatisfy(task -> assertThat(task.getRefusal().hasRetryAfter()).isTrue());
    }
  }

  @Test
  void shouldRefuseStatesThatAreNotRetriedAndAMissingRequestId() {
    try (TestMesh mesh = TestMesh.inMemory()) {
      MeshClient client = mesh.client();
      assertThatThrownBy(() -> client.retryAll(RetryTasksRequest.getDefaultInstance()))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("request_id");
      assertThatThrownBy(
              () ->
                  client.retryAll(
                      RetryTasksRequest.newBuilder()
                          .setRequestId("x")
                          .setFilter(
                              TaskFilter.newBuilder().addStates(TaskState.TASK_STATE_SUCCEEDED))
                          .build()))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("filter.states");
    }
  }
}
