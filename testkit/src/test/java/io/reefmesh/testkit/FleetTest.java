package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.reefmesh.client.FleetClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.MeshTimeoutException;
import io.reefmesh.client.NodeListener;
import io.reefmesh.client.NodeNotFoundException;
import io.reefmesh.client.NodeWatch;
import io.reefmesh.client.Payloads;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.node.NodeRunner;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.v1.GetMeshResponse;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.NodeState;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import io.reefmesh.v1.Timeouts;
import io.reefmesh.v1.WatchNodesRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What operators do with nodes, over real links. */
final class FleetTest {

  private static final FunctionHandler WHERE =
      new FunctionHandler("where", context -> TaskOutput.text(context.nodeId()));

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it did not happen within 30 s").isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static String run(TestMesh mesh) throws InterruptedException {
    return Payloads.text(mesh.client().run(TaskSpecs.of("where")).getResult());
  }

  @Test
  void shouldDrainANodeUntilItIsEmptyAndResumeIt() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      CountDownLatch running = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      NodeRunner a =
          mesh.node(
              "a",
              2,
              WHERE,
              new FunctionHandler(
                  "long",
                  context -> {
                    running.countDown();
                    goOn.await();
                    return TaskOutput.text("done");
                  }));
      FleetClient fleet = mesh.client().fleet();
      TaskHandle handle = mesh.client().submit(TaskSpecs.of("long"));
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> fleet.drainUntilEmpty("a", "new kernel", Duration.ofMillis(1)).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(MeshTimeoutException.class);
      CompletableFuture<Node> empty =
          fleet.drainUntilEmpty("a", "new kernel", Duration.ofSeconds(60));
      Node draining = fleet.getNode("a");
      assertThat(draining.getState()).isEqualTo(NodeState.NODE_STATE_DRAINING);
      assertThat(draining.getStateReason()).contains("new kernel");
      assertThat(draining.getDrainedByOperator()).isTrue();
      await(a::isDrained);
      mesh.node("b", 1, WHERE);
      assertThat(run(mesh)).isEqualTo("b");
      assertThat(empty).isNotDone();
      goOn.countDown();
      assertThat(empty.get(30, TimeUnit.SECONDS).getHeldList()).isEmpty();
      assertThat(handle.outcome().get().getState()).isEqualTo(TaskState.TASK_STATE_SUCCEEDED);
      assertThat(fleet.drainUntilEmpty("a", "", Duration.ofSeconds(30)).get().getId())
          .as("empty already")
          .isEqualTo("a");
      assertThat(fleet.resume("a").getState()).isEqualTo(NodeState.NODE_STATE_ONLINE);
      await(() -> !a.isDrained());
    }
  }

  @Test
  void shouldEndTheWaitWhenTheDrainIsTakenBack() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      CountDownLatch running = new CountDownLatch(1);
      mesh.node(
          "a",
          1,
          new FunctionHandler(
              "long",
              context -> {
                running.countDown();
                new CountDownLatch(1).await();
                return TaskOutput.text("never");
              }));
      mesh.client().submit(TaskSpecs.of("long"));
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      FleetClient fleet = mesh.client().fleet();
      CompletableFuture<Node> empty = fleet.drainUntilEmpty("a", "", Duration.ofSeconds(60));
      await(() -> fleet.getNode("a").getDrainedByOperator());
      // Once it is followed; a wait that had not begun would find the node drained no more as well.
      TimeUnit.MILLISECONDS.sleep(500);
      fleet.resume("a");
      assertThatThrownBy(() -> empty.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(MeshException.class)
          .hasMessageContaining("resumed or removed");
    }
  }

  @Test
  void shouldRemoveANodeAtWorkOnlyByForce() throws Exception {
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
      FleetClient fleet = mesh.client().fleet();
      assertThatThrownBy(() -> fleet.remove("a", false))
          .isInstanceOfSatisfying(
              MeshException.class,
              e -> assertThat(e.code()).isEqualTo(Status.Code.FAILED_PRECONDITION));
      mesh.node("b", 1, stuckOnce);
      assertThat(fleet.remove("a", true)).isEqualTo(1);
      Task task = handle.outcome().get(60, TimeUnit.SECONDS);
      assertThat(task.getAttemptsList().get(0).getFailure().getCode()).isEqualTo("NODE_LEFT");
      assertThat(a.awaitLinked(Duration.ofSeconds(30))).as("its process may dial again").isTrue();
      assertThatThrownBy(() -> fleet.remove("ghost", true))
          .isInstanceOf(NodeNotFoundException.class);
    }
  }

  @Test
  void shouldShowNodesAsTheyComeChangeAndGo() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node("a", 1, WHERE);
      List<String> seen = new CopyOnWriteArrayList<>();
      NodeListener listener =
          new NodeListener() {
            @Override
            public void onNode(Node node) {
              seen.add(node.getId() + " " + node.getState());
            }

            @Override
            public void onRemoved(String nodeId) {
              seen.add(nodeId + " removed");
            }

            @Override
            public void onSynced() {
              seen.add("synced");
            }
          };
      try (NodeWatch watch =
          mesh.client().fleet().watchNodes(WatchNodesRequest.getDefaultInstance(), listener)) {
        assertThat(watch).isNotNull();
        await(() -> seen.contains("synced"));
        assertThat(seen).startsWith("a NODE_STATE_ONLINE", "synced");
        NodeRunner b = mesh.node("b", 1, WHERE);
        await(() -> seen.contains("b NODE_STATE_ONLINE"));
        mesh.client().fleet().drain("b", "");
        await(() -> seen.contains("b NODE_STATE_DRAINING"));
        b.close();
        await(() -> seen.contains("b NODE_STATE_OFFLINE"));
        mesh.client().fleet().remove("b", false);
        await(() -> seen.contains("b removed"));
        seen.clear();
        mesh.restartGateway();
        await(() -> seen.contains("synced") && seen.contains("a NODE_STATE_ONLINE"));
      }
    }
  }

  @Test
  void shouldLeaveATypeAloneThatANodeCannotServeNow() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node(
          "cold",
          4,
          WHERE,
          new FunctionHandler(
              "turn",
              context -> {
                throw new TaskRefusedException(
                    "the model is cold", Duration.ofMinutes(5), TaskRefusedException.Scope.TYPE);
              }));
      TaskHandle handle = mesh.client().submit(TaskSpecs.of("turn"));
      FleetClient fleet = mesh.client().fleet();
      await(() -> fleet.getNode("cold").getCoolDownsCount() > 0);
      assertThat(fleet.getNode("cold").getCoolDowns(0).getReason()).contains("the model is cold");
      Task waiting = mesh.client().get(handle.id().join());
      assertThat(waiting.getWaitReason().getMessage()).contains("cools down for type turn");
      assertThat(run(mesh)).as("other types go on").isEqualTo("cold");
      mesh.node("warm", 1, new FunctionHandler("turn", context -> TaskOutput.text("warm")));
      Task task = handle.outcome().get(30, TimeUnit.SECONDS);
      assertThat(Payloads.text(task.getResult())).isEqualTo("warm");
    }
  }

  @Test
  void shouldEndAnAttemptThatStandsStill() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory(Map.of("node.beat", "100ms"))) {
      CountDownLatch interrupted = new CountDownLatch(1);
      mesh.node(
          "a",
          1,
          new FunctionHandler(
              "work",
              context -> {
                if (context.attempt() > 1) {
                  return TaskOutput.text("second");
                }
                for (int i = 0; i < 8; i++) {
                  context.progress("step " + i);
                  TimeUnit.MILLISECONDS.sleep(200);
                }
                try {
                  new CountDownLatch(1).await();
                } finally {
                  interrupted.countDown();
                }
                return TaskOutput.text("never");
              }));
      TaskSpec spec =
          TaskSpec.newBuilder()
              .setType("work")
              .setTimeouts(
                  Timeouts.newBuilder()
                      .setNoProgress(com.google.protobuf.util.Durations.fromMillis(1_200)))
              .build();
      Task task = mesh.client().submit(spec).outcome().get(60, TimeUnit.SECONDS);
      assertThat(Payloads.text(task.getResult())).isEqualTo("second");
      assertThat(task.getAttempts(0).getFailure().getCode()).isEqualTo("NO_PROGRESS");
      assertThat(interrupted.await(10, TimeUnit.SECONDS)).as("the work was stopped").isTrue();
      GetMeshResponse figures = mesh.client().fleet().mesh();
      assertThat(figures.getTasksList())
          .singleElement()
          .satisfies(
              count -> {
                assertThat(count.getState()).isEqualTo(TaskState.TASK_STATE_SUCCEEDED);
                assertThat(count.getCount()).isEqualTo(1);
              });
    }
  }
}
