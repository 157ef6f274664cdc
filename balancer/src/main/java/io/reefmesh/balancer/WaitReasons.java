package io.reefmesh.balancer;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Says why a queued task waits, in words that tell what would help. */
final class WaitReasons {

  /** Among more nodes than this it is not counted who is full and who is out of reach. */
  private static final int MAX_COUNTED_NODES = 64;

  private final MeshState mesh;
  private final HealthReasons healthReasons;

  WaitReasons(MeshState mesh) {
    this.mesh = mesh;
    this.healthReasons = new HealthReasons(mesh);
  }

  WaitReason of(TaskEntry task) {
    if (task.notBeforeMillis > mesh.nowMillis) {
      return ofDelayed(task);
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
      return noCapableNode(task.terms.requirement(), group);
    }
    Cap full = mesh.ready.caps.inTheWay(task.terms);
    if (full != null) {
      return reason(WaitReason.Cause.CONCURRENCY_CAP, full.told(), 0, full.onlyHolder());
    }
    return ofReady(task, group);
  }

  private WaitReason ofDelayed(TaskEntry task) {
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

  private WaitReason ofReady(TaskEntry task, ReadyGroup group) {
    NodeEntry awaited = task.awaited;
    if (awaited != null) {
      return reason(
          WaitReason.Cause.NODES_BUSY,
          "node "
              + awaited.id
              + ", which ran session "
              + task.terms.session()
              + " before, is full; any other node will do from "
              + Instant.ofEpochMilli(task.awaitsUntilMillis)
              + " on",
          task.awaitsUntilMillis,
          null);
    }
    if (task.parked) {
      return reason(
          WaitReason.Cause.NODES_BUSY,
          "every node with a free slot refused it lately",
          task.firstRefusalEndsMillis(),
          null);
    }
    if (!group.picker.hasRoom()) {
      return reason(WaitReason.Cause.NODES_BUSY, nobodyHasRoom(group), 0, null);
    }
    return reason(WaitReason.Cause.NEXT, "a node is being chosen", 0, null);
  }

  /** "3 of 3 nodes full", "2 of 3 nodes full, 1 suspect". */
  private static String nobodyHasRoom(ReadyGroup group) {
    int capable = group.capable.size();
    if (capable > MAX_COUNTED_NODES) {
      return "all " + capable + " nodes that can serve it are full, draining or out of reach";
    }
    Map<NodeState, Integer> counts = new EnumMap<>(NodeState.class);
    int busyByTheirWord = 0;
    for (NodeEntry node : group.capable) {
      if (node.state() == NodeState.BUSY && node.hasFreeSlot()) {
        busyByTheirWord++;
      } else {
        counts.merge(node.state(), 1, Integer::sum);
      }
    }
    StringJoiner told = new StringJoiner(", ");
    Integer full = counts.remove(NodeState.BUSY);
    if (full != null) {
      told.add(full + " of " + capable + " nodes full");
    }
    if (busyByTheirWord > 0) {
      told.add(busyByTheirWord + " of " + capable + " nodes busy by their own word");
    }
    counts.forEach(
        (state, count) ->
            told.add(count + " of " + capable + " nodes " + state.name().toLowerCase(Locale.ROOT)));
    return told.toString();
  }

  private WaitReason noCapableNode(Requirement requirement, @Nullable ReadyGroup group) {
    String lack = group == null ? nobodyServes(requirement) : rememberedLack(group);
    long until = mesh.adoptionEndsMillis;
    return until > mesh.nowMillis
        ? reason(
            WaitReason.Cause.NO_CAPABLE_NODE,
            lack
                + " so far; the gateway has started lately, nodes have until "
                + Instant.ofEpochMilli(until)
                + " to return",
            until,
            null)
        : reason(WaitReason.Cause.NO_CAPABLE_NODE, lack, 0, null);
  }

  /** Found out once for each change of the fleet, however many tasks wait for it. */
  private String rememberedLack(ReadyGroup group) {
    String lack = group.lack;
    if (lack == null || group.lackVersion != mesh.ready.fleetVersion()) {
      lack = nobodyServes(group.requirement);
      group.lack = lack;
      group.lackVersion = mesh.ready.fleetVersion();
    }
    return lack;
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
    for (var label : requirement.selector().entrySet()) {
      if (mesh.nodes.values().stream()
          .noneMatch(node -> isHere(node) && node.profile.labels().entrySet().contains(label))) {
        return "no node carries label " + label.getKey() + "=" + label.getValue();
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
