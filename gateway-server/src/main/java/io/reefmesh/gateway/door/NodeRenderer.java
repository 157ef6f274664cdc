package io.reefmesh.gateway.door;

import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.NodeProfile;
import io.reefmesh.balancer.NodeView;
import io.reefmesh.gateway.store.CoreProtos;
import io.reefmesh.v1.CoolDown;
import io.reefmesh.v1.HeldTask;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.NodeType;

/** Nodes as operators see them. */
public final class NodeRenderer {

  private NodeRenderer() {}

  /** Renders a node. */
  public static Node render(NodeView view) {
    NodeProfile profile = view.profile();
    Node.Builder node =
        Node.newBuilder()
            .setId(view.id())
            .setIncarnation(view.incarnation())
            .setType(profile.channel() ? NodeType.NODE_TYPE_CHANNEL : NodeType.NODE_TYPE_AGENT)
            .setState(CoreProtos.toProto(view.state()))
            .setStateReason(view.stateReason())
            .addAllCapabilities(profile.capabilities())
            .addAllTaskTypes(profile.taskTypes())
            .putAllLabels(profile.labels())
            .setSlots(profile.slots())
            .setWeight(profile.weight())
            .setCpuLoad(view.cpuLoad())
            .setMemoryLoad(view.memoryLoad())
            .setSoftwareVersion(profile.softwareVersion())
            .setAddress(profile.address())
            .setAttemptsSucceeded(view.succeeded())
            .setAttemptsFailed(view.failed());
    if (view.linkedAtMillis() > 0) {
      node.setLinkTime(Timestamps.fromMillis(view.linkedAtMillis()));
    }
    if (view.heardAtMillis() > 0) {
      node.setHeardTime(Timestamps.fromMillis(view.heardAtMillis()));
    }
    view.held().forEach(held -> node.addHeld(held(held)));
    view.coolDowns().forEach(coolDown -> node.addCoolDowns(coolDown(coolDown)));
    if (view.retryAtMillis() > 0) {
      node.setRetryTime(Timestamps.fromMillis(view.retryAtMillis()));
    }
    node.setDrainedByOperator(view.drained());
    return node.build();
  }

  private static CoolDown coolDown(NodeView.CoolDown view) {
    CoolDown.Builder coolDown =
        CoolDown.newBuilder().setTaskType(view.type()).setReason(view.reason());
    if (view.untilMillis() > 0) {
      coolDown.setUntil(Timestamps.fromMillis(view.untilMillis()));
    }
    return coolDown.build();
  }

  private static HeldTask held(NodeView.Held held) {
    return HeldTask.newBuilder()
        .setTaskId(held.id().toString())
        .setAttempt(held.attempt())
        .setHold(held.hold())
        .build();
  }
}
