package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.NodeProfile;
import io.reefmesh.balancer.NodeState;
import io.reefmesh.balancer.NodeView;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.v1.CoolDown;
import io.reefmesh.v1.HeldTask;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.NodeType;
import org.junit.jupiter.api.Test;

final class NodeRendererTest {

  @Test
  void shouldShowEverythingWhenANodeIsRendered() {
    TaskId task = new TaskId(99);
    NodeView view =
        new NodeView(
            "n-1",
            "00000000000000aa",
            NodeState.BUSY,
            "by its own word",
            new NodeProfile(
                true,
                ImmutableSortedSet.of("b", "a"),
                ImmutableSortedSet.of("t"),
                ImmutableMap.of("zone", "home"),
                4,
                7,
                false,
                "1.2.3",
                "10.0.0.1:5"),
            ImmutableList.of(new NodeView.Held(task, 2, true)),
            0.25,
            0.5,
            1_000,
            2_000,
            11,
            12,
            ImmutableList.of(
                new NodeView.CoolDown("t", 5_000, "cold"),
                new NodeView.CoolDown("u", 0, "on trial")),
            6_000,
            true);

    assertThat(NodeRenderer.render(view))
        .isEqualTo(
            Node.newBuilder()
                .setId("n-1")
                .setIncarnation("00000000000000aa")
                .setType(NodeType.NODE_TYPE_CHANNEL)
                .setState(io.reefmesh.v1.NodeState.NODE_STATE_BUSY)
                .setStateReason("by its own word")
                .addCapabilities("a")
                .addCapabilities("b")
                .addTaskTypes("t")
                .putLabels("zone", "home")
                .setSlots(4)
                .addHeld(
                    HeldTask.newBuilder().setTaskId(task.toString()).setAttempt(2).setHold(true))
                .setWeight(7)
                .setCpuLoad(0.25)
                .setMemoryLoad(0.5)
                .setSoftwareVersion("1.2.3")
                .setAddress("10.0.0.1:5")
                .setLinkTime(Timestamps.fromMillis(1_000))
                .setHeardTime(Timestamps.fromMillis(2_000))
                .setAttemptsSucceeded(11)
                .setAttemptsFailed(12)
                .addCoolDowns(
                    CoolDown.newBuilder()
                        .setTaskType("t")
                        .setUntil(Timestamps.fromMillis(5_000))
                        .setReason("cold"))
                .addCoolDowns(CoolDown.newBuilder().setTaskType("u").setReason("on trial"))
                .setRetryTime(Timestamps.fromMillis(6_000))
                .setDrainedByOperator(true)
                .build());
  }
}
