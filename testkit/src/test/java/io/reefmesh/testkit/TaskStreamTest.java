package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.client.CallRetry;
import io.reefmesh.client.DuplicateRequestException;
import io.reefmesh.client.InvalidTaskException;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshClosedException;
import io.reefmesh.client.MeshOverloadedException;
import io.reefmesh.client.Payloads;
import io.reefmesh.client.StreamedTask;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.client.TaskStream;
import io.reefmesh.client.TaskStreamOptions;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client's stream of submissions against a real gateway, restarts included. */
@Timeout(180)
final class TaskStreamTest {

  private static final FunctionHandler ECHO =
      new FunctionHandler("echo", context -> TaskOutput.data(context.payload()));
  private static final TaskStreamOptions WITH_OUTCOMES =
      TaskStreamOptions.standard().withOutcomes();

  @Test
  void shouldBringReceiptsAndOutcomesOfAllTasks() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 32, ECHO);
      List<StreamedTask> tasks = new ArrayList<>();
      TaskStream stream = mesh.client().openTaskStream(WITH_OUTCOMES);
      for (int i = 0; i < 3_000; i++) {
        tasks.add(stream.submit(TaskSpecs.text("echo", "n" + i)));
      }

      // when
      stream.finish().get(120, TimeUnit.SECONDS);

      // then
      Set<String> ids = new HashSet<>();
      for (int i = 0; i < tasks.size(); i++) {
        Task outcome = tasks.get(i).outcome().getNow(null);
        assertThat(outcome.getState()).isEqualTo(TaskState.TASK_STATE_SUCCEEDED);
        assertThat(Payloads.text(outcome.getResult())).isEqualTo("n" + i);
        assertThat(outcome.getId()).isEqualTo(tasks.get(i).receipt().getNow(null).taskId());
        ids.add(outcome.getId());
      }
      assertThat(ids).hasSize(3_000);
      assertThat(stream.inFlight()).isZero();
    }
  }

  @Test
  void shouldLoseAndDoubleNothingWhenTheGatewayRestarts(@TempDir Path data) throws Exception {
    try (TestMesh mesh = TestMesh.durable(data)) {
      mesh.node("a", 16, ECHO);
      MeshClient client = mesh.client();
      List<StreamedTask> tasks = new ArrayList<>();
      try (TaskStream stream = client.openTaskStream(WITH_OUTCOMES)) {
        AtomicInteger submitted = new AtomicInteger();
        CompletableFuture<Void> submitting =
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < 4_000; i++) {
                    try {
                      tasks.add(stream.submit(TaskSpecs.text("echo", "n" + i)));
                    } catch (InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                    submitted.incrementAndGet();
                  }
                });

        // when: twice, while submissions are under way
        Eventually.await(() -> submitted.get() >= 500);
        mesh.restartGateway();
        Eventually.await(() -> submitted.get() >= 2_500 || stream.inFlight() == 0);
        mesh.restartGateway();

        // then
        submitting.get(60, TimeUnit.SECONDS);
        stream.finish().get(120, TimeUnit.SECONDS);
      }
      Set<String> ids = new HashSet<>();
      for (int i = 0; i < tasks.size(); i++) {
        Task outcome = tasks.get(i).outcome().getNow(null);
        assertThat(Payloads.text(outcome.getResult())).isEqualTo("n" + i);
        ids.add(outcome.getId());
      }
      assertThat(ids).hasSize(4_000);
      List<String> listed = new ArrayList<>();
      client.listAll(TaskFilter.getDefaultInstance()).forEach(task -> listed.add(task.getId()));
      assertThat(listed).hasSize(4_000);
    }
  }

  @Test
  void shouldRefuseOneSubmissionAndGoOnWithTheOthers() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory();
        TaskStream stream = mesh.client().openTaskStream(TaskStreamOptions.standard())) {
      SubmitOptions once = new SubmitOptions("once");
      StreamedTask first = stream.submit(TaskSpecs.text("echo", "x"), once);
      String id = first.receipt().get(30, TimeUnit.SECONDS).taskId();
      TaskSpec wrong = TaskSpecs.of("echo").toBuilder().setPriority(11).build();

      // when
      StreamedTask bad = stream.submit(wrong);
      StreamedTask other = stream.submit(TaskSpecs.text("echo", "y"), once);
      StreamedTask good = stream.submit(TaskSpecs.of("echo"));

      // then
      assertThat(good.receipt().get(30, TimeUnit.SECONDS).repeated()).isFalse();
      assertThatThrownBy(() -> bad.receipt().get(30, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              InvalidTaskException.class,
              e -> {
                assertThat(e.fieldViolations())
                    .singleElement()
                    .satisfies(v -> assertThat(v.field()).isEqualTo("spec.priority"));
                assertThat(e.reason()).contains("INVALID_FIELD");
              });
      assertThatThrownBy(() -> other.receipt().get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(DuplicateRequestException.class);
      StreamedTask again = stream.submit(TaskSpecs.text("echo", "x"), once);
      assertThat(again.receipt().get(30, TimeUnit.SECONDS))
          .satisfies(receipt -> assertThat(receipt.repeated()).isTrue())
          .satisfies(receipt -> assertThat(receipt.taskId()).isEqualTo(id));
    }
  }

  @Test
  void shouldBringTheOutcomeOfATaskThatEndedLongBefore() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 1, ECHO);
      MeshClient client = mesh.client();
      SubmitOptions once = new SubmitOptions("once");
      client.submit(TaskSpecs.text("echo", "x"), once).outcome().get(30, TimeUnit.SECONDS);
      try (TaskStream stream = client.openTaskStream(WITH_OUTCOMES)) {
        StreamedTask again = stream.submit(TaskSpecs.text("echo", "x"), once);
        assertThat(again.receipt().get(30, TimeUnit.SECONDS).repeated()).isTrue();
        assertThat(Payloads.text(again.outcome().get(30, TimeUnit.SECONDS).getResult()))
            .isEqualTo("x");
        stream.finish().get(30, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void shouldHoldBackWhenTooMuchIsInFlight() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory();
        TaskStream stream = mesh.client().openTaskStream(WITH_OUTCOMES.withMaxInFlight(10))) {
      // given: no node, so that no outcome comes
      for (int i = 0; i < 10; i++) {
        stream.submit(TaskSpecs.of("echo")).receipt().get(30, TimeUnit.SECONDS);
      }
      Optional<StreamedTask> none = stream.offer(TaskSpecs.of("echo"), SubmitOptions.newTask());
      CompletableFuture<Void> room = stream.room();
      assertThat(none).isEmpty();
      assertThat(room).isNotDone();

      // when
      mesh.node("a", 1, ECHO);

      // then
      room.get(30, TimeUnit.SECONDS);
      stream.submit(TaskSpecs.of("echo")).outcome().get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldSendAgainWhatAFullQueueRefusedAndGiveUpInTheEnd() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory(Map.of("limits.queue", "2"));
        MeshClient impatient =
            MeshClient.builder()
                .target(mesh.target())
                .retry(CallRetry.standard().withGiveUpAfter(Duration.ofMillis(100)))
                .build();
        TaskStream hasty = impatient.openTaskStream(TaskStreamOptions.standard());
        TaskStream patient = mesh.client().openTaskStream(WITH_OUTCOMES)) {
      List<StreamedTask> two =
          List.of(patient.submit(TaskSpecs.of("echo")), patient.submit(TaskSpecs.of("echo")));
      for (StreamedTask task : two) {
        task.receipt().get(30, TimeUnit.SECONDS);
      }
      StreamedTask third = patient.submit(TaskSpecs.of("echo"));
      StreamedTask hopeless = hasty.submit(TaskSpecs.of("echo"));
      assertThatThrownBy(() -> hopeless.receipt().get(30, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              MeshOverloadedException.class, e -> assertThat(e.retryAfter()).isPresent());
      assertThat(third.receipt()).isNotDone();

      // when
      mesh.node("a", 1, ECHO);

      // then
      third.outcome().get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldFailWhatIsInFlightWhenItIsClosed() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      TaskStream stream = mesh.client().openTaskStream(WITH_OUTCOMES);
      StreamedTask task = stream.submit(TaskSpecs.of("echo"));
      String id = task.receipt().get(30, TimeUnit.SECONDS).taskId();
      stream.close();
      assertThatThrownBy(() -> task.outcome().get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(MeshClosedException.class);
      assertThatThrownBy(() -> stream.submit(TaskSpecs.of("echo")))
          .isInstanceOf(MeshClosedException.class);
      assertThat(mesh.client().get(id).getState()).isEqualTo(TaskState.TASK_STATE_QUEUED);
    }
  }
}
