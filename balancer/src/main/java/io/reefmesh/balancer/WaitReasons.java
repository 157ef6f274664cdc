package io.reefmesh.balancer;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import org.jspecify.annotations.Nullable;

/** Says why a queued task waits, in words that tell what would help. */
final class WaitReasons {

  private final MeshState mesh;
  private final HealthReasons healthReasons;

  WaitReasons(MeshState mesh) {
    this.mesh = mesh;
    this.healthReasons = new HealthReasons(mesh);
  }

  WaitReason of(TaskEntry task) {
    if (task.notBeforeMillis > mesh.nowMillis) {
      return task.attempt > 0
          ? reason(
              WaitReason.Cause.BACKOFF,
              "backing off after attempt " + task.attempt + lastFailure(task),
              task.notBeforeMillis,
              null)
          : reason(
              WaitReason.Cause.NOT_BEFORE,
              "its not-before time has not come",
              task.notBeforeMillis,
              null);
    }
    if (task.line != null && !task.line.isTurnOf(task)) {
      TaskId blocker = task.line.blockerOf(task);
      return reason(
          WaitReason.Cause.SESSION_BUSY,
          "session " + task.terms.session() + " is busy with task " + blocker,
          0,
          blocker);
    }
    WaitReason unwell = healthReasons.of(task.terms.requirement());
    if (unwell != null) {
      return unwell;
    }
    ReadyGroup group = mesh.ready.find(task.terms.requirement());
    if (group == null || group.capable.isEmpty()) {
      return reason(
          WaitReason.Cause.NO_CAPABLE_NODE, nobodyServes(task.terms.requirement()), 0, null);
    }
    if (task.parked) {
      return reason(
          WaitReason.Cause.NODES_BUSY,
          "every node with a free slot refused it lately",
          task.firstRefusalEndsMillis(),
          null);
    }
    if (!group.picker.hasRoom()) {
      int capable = group.capable.size();
      return reason(
          WaitReason.Cause.NODES_BUSY,
          capable
              + " of "
              + capable
              + " capable nodes are full, draining, unhealthy or out of reach",
          0,
          null);
    }
    return reason(WaitReason.Cause.NEXT, "a node is being chosen", 0, null);
  }

  /** Names the first thing that no node has, or says that no single node has it all. */
  private String nobodyServes(Requirement requirement) {
    ImmutableSortedSet<String> none = ImmutableSortedSet.of();
    if (!anyServes(new Requirement(requirement.type(), none, ImmutableMap.of()))) {
      return "no node has a handler for type " + requirement.type();
    }
    for (String capability : requirement.capabilities()) {
      if (mesh.nodes.values().stream()
          .noneMatch(node -> isHere(node) && node.profile.capabilities().contains(capability))) {
        return "no node offers capability " + capability;
      }
    }
    return "no single node has type "
        + requirement.type()
        + ", capabilities "
        + requirement.capabilities()
        + " and labels "
        + requirement.selector();
  }

  private boolean anyServes(Requirement requirement) {
    return mesh.nodes.values().stream()
        .anyMatch(node -> isHere(node) && node.profile.serves(requirement));
  }

  private static boolean isHere(NodeEntry node) {
    return node.introduced && !node.offline;
  }

  private static String lastFailure(TaskEntry task) {
    AttemptRecord last = task.lastAttempt();
    return last == null || last.failure() == null ? "" : " (" + last.failure().code() + ")";
  }

  private static WaitReason reason(
      WaitReason.Cause cause, String message, long until, @Nullable TaskId blocking) {
    return new WaitReason(cause, message, until, blocking);
  }
}
