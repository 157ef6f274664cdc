package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.client.DuplicateRequestException;
import io.reefmesh.client.InvalidTaskException;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.Payloads;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.client.TaskNotFoundException;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.node.NodeRunner;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import io.reefmesh.v1.Timeouts;
import io.reefmesh.v1.WaitCause;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole way of a task, through real parts: client, gateway, link, node, handler and back. */
@Timeout(120)
final class MeshTest {

  private static final FunctionHandler ECHO =
      new FunctionHandler("echo", context -> TaskOutput.data(context.payload()));

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Semaphore pause = new Semaphore(0);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for 30 s").isLessThan(until);
      assertThat(pause.tryAcquire(5, TimeUnit.MILLISECONDS)).isFalse();
    }
  }

  @Test
  void shouldBringBackWhatTheHandlerGave() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 2, ECHO);
      Task task = mesh.client().run(TaskSpecs.text("echo", "hello reef"));
      assertThat(task.getState()).isEqualTo(TaskState.TASK_STATE_SUCCEEDED);
      assertThat(Payloads.text(task.getResult())).isEqualTo("hello reef");
      assertThat(task.getAttempts(0).getNodeId()).isEqualTo("a");
    }
  }

  @Test
  void shouldStreamOutputInOrderAndReplayItToALateWatcher() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node(
          "a",
          1,
          new FunctionHandler(
              "count",
              context -> {
                for (int i = 0; i < 500; i++) {
                  context.text(i + " ");
                }
                return TaskOutput.text("done");
              }));
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        expected.append(i).append(' ');
      }
      List<String> seen = new CopyOnWriteArrayList<>();
      MeshClient client = mesh.client();
      TaskHandle handle = client.submit(TaskSpecs.of("count"));
      handle.onOutput(chunk -> seen.add(chunk.getText()));
      Task task = handle.outcome().get(30, TimeUnit.SECONDS);
      await(() -> String.join("", seen).length() == expected.length());
      assertThat(String.join("", seen)).isEqualTo(expected.toString());

      List<OutputChunk> late = new CopyOnWriteArrayList<>();
      CountDownLatch ended = new CountDownLatch(1);
      client.watch(
          task.getId(),
          new io.reefmesh.client.TaskListener() {
            @Override
            public void onOutput(OutputChunk chunk) {
              late.add(chunk);
            }

            @Override
            public void onFinished(Task finished) {
              ended.countDown();
            }
          });
      assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
      StringBuilder again = new StringBuilder();
      late.forEach(chunk -> again.append(chunk.getText()));
      assertThat(again.toString()).isEqualTo(expected.toString());
    }
  }

  @Test
  void shouldCancelWorkThatRuns() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch cancelled = new CountDownLatch(1);
      mesh.node(
          "a",
          1,
          new FunctionHandler(
              "wait",
              context -> {
                context.onCancel(cancelled::countDown);
                running.countDown();
                new CountDownLatch(1).await();
                return TaskOutput.text("never");
              }),
          ECHO);
      MeshClient client = mesh.client();
      TaskHandle handle = client.submit(TaskSpecs.of("wait"));
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      Task after = client.cancel(handle.id().get(10, TimeUnit.SECONDS), "enough");
      assertThat(after.getState()).isEqualTo(TaskState.TASK_STATE_CANCELLED);
      assertThat(cancelled.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(client.run(TaskSpecs.text("echo", "the slot is free")).getState())
          .isEqualTo(TaskState.TASK_STATE_SUCCEEDED);
    }
  }

  @Test
  void shouldKeepRunningWorkOverAGatewayRestart(@TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.durable(folder)) {
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      AtomicInteger runs = new AtomicInteger();
      mesh.node(
          "a",
          1,
          new FunctionHandler(
              "long",
              context -> {
                runs.incrementAndGet();
                context.text("before;");
                running.countDown();
                goOn.await();
                context.text("after");
                return TaskOutput.text("done by attempt " + context.attempt());
              }));
      List<String> seen = new CopyOnWriteArrayList<>();
      TaskHandle handle = mesh.client().submit(TaskSpecs.of("long"));
      handle.onOutput(chunk -> seen.add(chunk.getText()));
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      await(() -> !seen.isEmpty());
      mesh.restartGateway();
      goOn.countDown();
      Task task = handle.outcome().get(60, TimeUnit.SECONDS);
      assertThat(Payloads.text(task.getResult())).isEqualTo("done by attempt 1");
      assertThat(runs).hasValue(1);
      await(() -> String.join("", seen).endsWith("after"));
    }
  }

  @Test
  void shouldDeliverAResultThatWasReadyWhileTheGatewayWasAway(@TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.durable(folder)) {
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      CountDownLatch returned = new CountDownLatch(1);
      mesh.node(
          "a",
          1,
          new FunctionHandler(
              "long",
              context -> {
                running.countDown();
                goOn.await();
                returned.countDown();
                return TaskOutput.text("kept");
              }));
      TaskHandle handle = mesh.client().submit(TaskSpecs.of("long"));
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      mesh.stopGateway();
      goOn.countDown();
      assertThat(returned.await(30, TimeUnit.SECONDS)).isTrue();
      mesh.startGatewayAgain();
      Task task = handle.outcome().get(60, TimeUnit.SECONDS);
      assertThat(Payloads.text(task.getResult())).isEqualTo("kept");
      assertThat(task.getAttemptsCount()).isEqualTo(1);
    }
  }

  @Test
  void shouldRunElsewhereWhatANodeRefuses() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node(
          "cold",
          1,
          new FunctionHandler(
              "turn",
              context -> {
                throw new TaskRefusedException("the model is cold", Duration.ofMinutes(1));
              }));
      TaskHandle handle = mesh.client().submit(TaskSpecs.of("turn"));
      await(() -> mesh.client().get(idOf(handle)).getAttemptsCount() > 0);
      mesh.node("warm", 1, new FunctionHandler("turn", context -> TaskOutput.text("warm")));
      Task task = handle.outcome().get(30, TimeUnit.SECONDS);
      assertThat(Payloads.text(task.getResult())).isEqualTo("warm");
      assertThat(task.getAttemptsList()).anySatisfy(a -> assertThat(a.getCharged()).isFalse());
    }
  }

  private static String idOf(TaskHandle handle) {
    return handle.id().join();
  }

  @Test
  void shouldMoveTheWorkOfANodeThatLeaves() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      CountDownLatch running = new CountDownLatch(1);
      FunctionHandler stuckOnce =
          new FunctionHandler(
              "work",
              context -> {
                if (context.attempt() == 1) {
                  running.countDown();
                  new CountDownLatch(1).await();
                }
                return TaskOutput.text(context.nodeId());
              });
      NodeRunner a = mesh.node("a", 1, stuckOnce);
      TaskHandle handle = mesh.client().submit(TaskSpecs.of("work"));
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      mesh.node("b", 1, stuckOnce);
      a.stop(Duration.ZERO);
      Task task = handle.outcome().get(60, TimeUnit.SECONDS);
      assertThat(Payloads.text(task.getResult())).isEqualTo("b");
    }
  }

  @Test
  void shouldSayWhyATaskWaitsUntilItExpires() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 1, ECHO);
      MeshClient client = mesh.client();
      TaskSpec spec =
          TaskSpec.newBuilder()
              .setType("unheard-of")
              .setTimeouts(
                  Timeouts.newBuilder().setQueue(com.google.protobuf.util.Durations.fromSeconds(2)))
              .build();
      TaskHandle handle = client.submit(spec);
      Task waiting = client.get(idOf(handle));
      assertThat(waiting.getState()).isEqualTo(TaskState.TASK_STATE_QUEUED);
      assertThat(waiting.getWaitReason().getCause())
          .isEqualTo(WaitCause.WAIT_CAUSE_NO_CAPABLE_NODE);
      assertThat(waiting.getWaitReason().getMessage()).contains("unheard-of");
      Task task = handle.outcome().get(30, TimeUnit.SECONDS);
      assertThat(task.getState()).isEqualTo(TaskState.TASK_STATE_EXPIRED);
      assertThat(client.get(task.getId())).isEqualTo(task);
    }
  }

  @Test
  void shouldRefuseBadInputWithTheFieldAndLoseNothing() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 1, ECHO);
      MeshClient client = mesh.client();
      TaskSpec bad = TaskSpec.newBuilder().setType("echo").setPriority(11).build();
      assertThatThrownBy(() -> client.submit(bad).submitted().join())
          .hasCauseInstanceOf(InvalidTaskException.class)
          .hasMessageContaining("spec.priority");
      assertThatThrownBy(() -> client.get("0000000000000"))
          .isInstanceOf(TaskNotFoundException.class);
      assertThat(client.run(TaskSpecs.text("echo", "still here")).getState())
          .isEqualTo(TaskState.TASK_STATE_SUCCEEDED);
    }
  }

  @Test
  void shouldMakeOneTaskOfARepeatedRequestAlsoAfterARestart(@TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.durable(folder)) {
      mesh.node("a", 1, ECHO);
      MeshClient client = mesh.client();
      SubmitOptions once = new SubmitOptions("only-once");
      Task first = client.submit(TaskSpecs.text("echo", "x"), once).outcome().get();
      mesh.restartGateway();
      Task again = client.submit(TaskSpecs.text("echo", "x"), once).outcome().get();
      assertThat(again).isEqualTo(first);
      assertThatThrownBy(() -> client.submit(TaskSpecs.text("echo", "y"), once).submitted().join())
          .hasCauseInstanceOf(DuplicateRequestException.class);
    }
  }

  @Test
  void shouldRunASessionInOrderAndListItsTasksNewestFirst() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      List<String> order = new CopyOnWriteArrayList<>();
      mesh.node(
          "a",
          8,
          new FunctionHandler(
              "turn",
              context -> {
                order.add(context.payload().toStringUtf8());
                return TaskOutput.text("ok");
              }));
      MeshClient client = mesh.client();
      List<TaskHandle> handles = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        TaskSpec spec = TaskSpecs.text("turn", "t" + i).toBuilder().setSessionId("chat").build();
        TaskHandle handle = client.submit(spec);
        handle.submitted().join();
        handles.add(handle);
      }
      for (TaskHandle handle : handles) {
        handle.outcome().get(30, TimeUnit.SECONDS);
      }
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        expected.add("t" + i);
      }
      assertThat(order).isEqualTo(expected);
      List<String> listed = new ArrayList<>();
      client
          .listAll(io.reefmesh.v1.TaskFilter.newBuilder().setSessionId("chat").build())
          .forEach(task -> listed.add(task.getId()));
      assertThat(listed).hasSize(20).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    }
  }

  @Test
  void shouldShowTheFleet() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 3, ECHO);
      mesh.node("b", 4, ECHO);
      MeshClient client = mesh.client();
      assertThat(client.fleet().listNodes())
          .extracting(io.reefmesh.v1.Node::getId)
          .containsExactly("a", "b");
      assertThat(client.fleet().getNode("b").getSlots()).isEqualTo(4);
      assertThat(client.fleet().getNode("b").getAddress()).startsWith("127.0.0.1:");
      assertThat(client.fleet().mesh().getSlots()).isEqualTo(7);
    }
  }
}
