package io.reefmesh.node.link;

import io.reefmesh.node.work.HandlerFailures;
import io.reefmesh.v1.Beat;
import io.reefmesh.v1.Hello;
import io.reefmesh.v1.Leaving;
import io.reefmesh.v1.NodeStatus;

/** What a node says of itself, put together from how things stand at that moment. */
final class NodeWords {

  private static final int PROTOCOL_VERSION = 1;
  private static final int MAX_REASON_CHARS = 256;

  private final LinkProfile profile;
  private double cpuLoad;
  private double memoryLoad;

  NodeWords(LinkProfile profile) {
    this.profile = profile;
  }

  /** The last known load; what is no share counts as 0 or 1. */
  void load(double cpu, double memory) {
    cpuLoad = share(cpu);
    memoryLoad = share(memory);
  }

  private static double share(double value) {
    return value >= 0 ? Math.min(value, 1) : 0;
  }

  Hello hello(Workload workload, long receivedBefore, long linkNumber) {
    return Hello.newBuilder()
        .setProtocolVersion(PROTOCOL_VERSION)
        .setNodeId(profile.nodeId())
        .setIncarnation(profile.incarnation())
        .setType(profile.type())
        .addAllCapabilities(profile.capabilities())
        .addAllTaskTypes(profile.taskTypes())
        .putAllLabels(profile.labels())
        .setSlots(workload.usableSlots())
        .setWeight(profile.weight())
        .setKeepsSessionState(profile.keepsSessionState())
        .setSoftwareVersion(profile.softwareVersion())
        .addAllHeld(workload.named())
        .setReceivedThrough(receivedBefore)
        .setLinkNumber(linkNumber)
        .build();
  }

  Beat beat(Workload workload, long receivedThrough, boolean stopping) {
    return Beat.newBuilder()
        .setStatus(status(workload, stopping))
        .setCpuLoad(cpuLoad)
        .setMemoryLoad(memoryLoad)
        .setSlots(workload.usableSlots())
        .addAllCapabilities(profile.capabilities())
        .addAllHeld(workload.named())
        .setReceivedThrough(receivedThrough)
        .build();
  }

  /** BUSY is for more than full slots: those the gateway counts itself, and sooner. */
  private static NodeStatus status(Workload workload, boolean stopping) {
    if (stopping) {
      return NodeStatus.NODE_STATUS_OFFLINE;
    }
    return workload.isBacklogged() ? NodeStatus.NODE_STATUS_BUSY : NodeStatus.NODE_STATUS_HEALTHY;
  }

  Leaving leaving(String reason, boolean unregister) {
    return Leaving.newBuilder()
        .setReason(HandlerFailures.cut(reason, MAX_REASON_CHARS))
        .setUnregister(unregister)
        .build();
  }
}
