package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Timestamps;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.TaskNotFoundException;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.ExplainTaskResponse;
import io.reefmesh.v1.NodeVerdict;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import io.reefmesh.v1.WaitCause;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Why tasks wait, where they run, and what became of them. */
@Timeout(120)
final class ExplainTest {

  private static String submit(MeshClient client, TaskSpec spec) throws Exception {
    return client.submit(spec).id().get(30, TimeUnit.SECONDS);
  }

  @Test
  void shouldSayWhatEachNodeHasToDoWithAWaitingTask() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      CountDownLatch gate = new CountDownLatch(1);
      FunctionHandler block =
          new FunctionHandler(
              "block",
              context -> {
                gate.await();
                return TaskOutput.text("done");
              });
      mesh.node("a", 1, block);
      mesh.node("b", 1, new FunctionHandler("other", context -> TaskOutput.text("x")));
      MeshClient client = mesh.client();
      String running = submit(client, TaskSpecs.of("block"));
      Eventually.await(() -> client.get(running).getState() == TaskState.TASK_STATE_RUNNING);
      String next = submit(client, TaskSpecs.of("block"));
      String waiting = submit(client, TaskSpecs.of("block"));
      TaskSpec llm = TaskSpecs.of("block").toBuilder().addRequiredCapabilities("llm").build();
      TaskSpec turn = TaskSpecs.of("block").toBuilder().setSessionId("s").build();
      String head = submit(client, turn);
      String behind = submit(client, turn);
      String later =
          submit(
              client,
              TaskSpecs.of("block").toBuilder()
                  .setNotBefore(Timestamps.fromMillis(System.currentTimeMillis() + 3_600_000))
                  .build());

      // then: full
      ExplainTaskResponse full = client.explain(waiting);
      assertThat(full.getState()).isEqualTo(TaskState.TASK_STATE_QUEUED);
      assertThat(full.getWaitReason().getCause()).isEqualTo(WaitCause.WAIT_CAUSE_NODES_BUSY);
      assertThat(full.getTasksAhead()).isEqualTo(1);
      assertThat(full.getSummary()).contains("1");
      assertThat(full.getNodesList()).extracting(NodeVerdict::getNodeId).containsExactly("a", "b");
      assertThat(full.getNodes(0).getReason()).contains("1 of 1");
      assertThat(full.getNodes(1).getReason()).contains("block");
      assertThat(client.explain(next).getTasksAhead()).isZero();

      // no capable node, session busy, not before
      ExplainTaskResponse nobody = client.explain(submit(client, llm));
      assertThat(nobody.getWaitReason().getCause()).isEqualTo(WaitCause.WAIT_CAUSE_NO_CAPABLE_NODE);
      assertThat(nobody.getNodes(0).getReason()).contains("llm");
      ExplainTaskResponse session = client.explain(behind);
      assertThat(session.getWaitReason().getBlockingTaskId()).isEqualTo(head);
      assertThat(client.explain(later).getWaitReason().hasUntil()).isTrue();

      // it runs
      ExplainTaskResponse runs = client.explain(running);
      assertThat(runs.getState()).isEqualTo(TaskState.TASK_STATE_RUNNING);
      assertThat(runs.getSummary()).contains("node a");
      gate.countDown();
    }
  }

  @Test
  void shouldTellWhatBecameOfAnEndedTask() throws Exception {
    try (TestMesh mesh = TestMesh.inMemory()) {
      mesh.node(
          "a",
          1,
          new FunctionHandler(
              "broken",
              context -> {
                throw new TaskFailedException("BROKEN", "the disk is full", false);
              }));
      MeshClient client = mesh.client();
      String id = client.submit(TaskSpecs.of("broken")).outcome().get(30, TimeUnit.SECONDS).getId();
      String again = client.retry(id).getId();
      Eventually.await(() -> client.get(again).hasFinishTime());
      String cancelled = submit(client, TaskSpecs.of("nobody"));
      client.cancel(cancelled, "changed my mind");

      assertThat(client.explain(id).getState()).isEqualTo(TaskState.TASK_STATE_FAILED);
      assertThat(client.explain(id).getSummary())
          .startsWith("It failed ")
          .contains("BROKEN, the disk is full", "Attempt 1 on node a failed")
          .doesNotContain("retry of");
      assertThat(client.explain(again).getSummary()).endsWith("It is a retry of task " + id + ".");
      assertThat(client.explain(cancelled).getSummary())
          .contains("It was cancelled", "changed my mind", "No node ever got it.");
      assertThatThrownBy(() -> client.explain("0000000000000"))
          .isInstanceOf(TaskNotFoundException.class);
    }
  }
}
