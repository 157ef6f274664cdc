package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Says everything that keeps a task waiting. Looks at every node and at one task or two for each
 * project and each task counted: cheap enough to be asked for by people, not for every task.
 */
final class Explainer {

  private final MeshState mesh;
  private final WaitReasons waitReasons;

  Explainer(MeshState mesh) {
    this.mesh = mesh;
    this.waitReasons = new WaitReasons(mesh);
  }

  Explanation of(TaskEntry task) {
    if (task.state() != TaskState.QUEUED) {
      return new Explanation(
          task.id, task.state(), whereItRuns(task), null, 0, ImmutableList.of(), 0);
    }
    WaitReason why = waitReasons.of(task);
    long ahead = tasksAhead(task);
    ImmutableList<Explanation.NodeVerdict> nodes = verdicts(task);
    return new Explanation(
        task.id,
        task.state(),
        summary(why, ahead),
        why,
        ahead,
        nodes,
        mesh.nodes.size() - nodes.size());
  }

  private static String summary(WaitReason why, long ahead) {
    if (ahead == 0) {
      return "It waits: " + why.message() + ".";
    }
    String count = ahead == Explanation.MAX_COUNTED ? "at least " + ahead : String.valueOf(ahead);
    return "It waits: " + why.message() + ". Tasks that go before it: " + count + ".";
  }

  private static String whereItRuns(TaskEntry task) {
    NodeEntry node = task.node;
    String where =
        "Attempt " + task.attempt + " " + (node == null ? "" : "on node " + node.id + " ");
    String standing =
        node == null || node.state() != NodeState.SUSPECT
            ? ""
            : "; the node is suspect ("
                + node.reason
                + ") and has until "
                + Instant.ofEpochMilli(task.leaseUntilMillis)
                + " to come back";
    return task.startedAtMillis > 0
        ? where + "runs since " + Instant.ofEpochMilli(task.startedAtMillis) + standing + "."
        : where
            + "was pushed at "
            + Instant.ofEpochMilli(task.assignedAtMillis)
            + " and is not accepted yet"
            + standing
            + ".";
  }

  private long tasksAhead(TaskEntry task) {
    ProjectLane own = task.lane;
    if (own == null) {
      return 0;
    }
    long step = mesh.config.queue().ageingStepMillis();
    long from = task.bucket * step;
    int max = Explanation.MAX_COUNTED;
    int ahead = own.countBefore(task.readyKey, task.id.value(), max);
    KeyLane keyLane = task.keyLane;
    if (keyLane != null && keyLane.aside) {
      ahead += keyLane.tasks.countBefore(task.readyKey, task.id.value(), max - ahead);
    }
    int ownTurns = ahead - own.countBefore(from, Long.MIN_VALUE, max);
    for (ProjectLane other : own.group.lanes()) {
      if (other != own && !other.aside && ahead < max) {
        int earlier = other.countBefore(from, Long.MIN_VALUE, max - ahead);
        int all = other.countBefore(from + step, Long.MIN_VALUE, max - ahead);
        long turns = mesh.ready.shares.turnsBefore(other.share, own.share, ownTurns);
        ahead += (int) (earlier + Math.min(all - earlier, turns));
      }
    }
    return ahead;
  }

  private ImmutableList<Explanation.NodeVerdict> verdicts(TaskEntry task) {
    List<NodeEntry> eligible = new ArrayList<>();
    List<NodeEntry> others = new ArrayList<>();
    for (NodeEntry node : mesh.nodes.values()) {
      List<NodeEntry> kind = isEligible(task, node) ? eligible : others;
      if (kind.size() < Explanation.MAX_NODES) {
        kind.add(node);
      }
    }
    eligible.addAll(others);
    return eligible.stream()
        .limit(Explanation.MAX_NODES)
        .map(node -> verdict(task, node))
        .collect(ImmutableList.toImmutableList());
  }

  private boolean isEligible(TaskEntry task, NodeEntry node) {
    return node.candidate().hasRoom()
        && node.serves(task.terms.requirement())
        && task.refusedUntilMillis(node.id) <= mesh.nowMillis;
  }

  private Explanation.NodeVerdict verdict(TaskEntry task, NodeEntry node) {
    String lack = lack(task.terms.requirement(), node);
    long refusedUntil = task.refusedUntilMillis(node.id);
    if (!lack.isEmpty()) {
      return verdict(node, false, lack, 0);
    }
    Circuit ofType = node.typeCircuits.get(task.terms.requirement().type());
    if (ofType != null && ofType.blocks()) {
      return verdict(
          node,
          false,
          "cools down for type " + ofType.type + ": " + ofType.reason,
          ofType.retryAtMillis());
    }
    String slots = node.inFlight() + " of " + node.profile.slots() + " slots in use";
    return switch (node.state()) {
      case OFFLINE -> verdict(node, false, "offline: " + node.reason, 0);
      case SUSPECT -> verdict(node, false, "suspect: " + node.reason, node.givenUpAtMillis);
      case DRAINING -> verdict(node, false, told("draining", node), 0);
      case UNHEALTHY ->
          verdict(
              node, isEligible(task, node), told("unhealthy", node), node.circuit.retryAtMillis());
      case BUSY ->
          verdict(
              node,
              false,
              node.hasFreeSlot() ? "busy by its own word, with " + slots : "full: " + slots,
              0);
      case ONLINE ->
          refusedUntil > mesh.nowMillis
              ? verdict(node, false, "refused this task", refusedUntil)
              : verdict(node, isEligible(task, node), "has room: " + slots, 0);
    };
  }

  private static String told(String standing, NodeEntry node) {
    String why = node.stateReason();
    return why.isEmpty() ? standing : standing + ": " + why;
  }

  private static Explanation.NodeVerdict verdict(
      NodeEntry node, boolean eligible, String reason, long untilMillis) {
    return new Explanation.NodeVerdict(
        node.id, node.state(), eligible, reason, untilMillis == Timed.NEVER ? 0 : untilMillis);
  }

  /** The first thing that a node has not; empty: it can serve the requirement. */
  private static String lack(Requirement requirement, NodeEntry node) {
    if (!node.introduced) {
      return node.reason;
    }
    NodeProfile profile = node.profile;
    if (!profile.taskTypes().isEmpty() && !profile.taskTypes().contains(requirement.type())) {
      return "has no handler for type " + requirement.type();
    }
    for (String capability : requirement.capabilities()) {
      if (!profile.capabilities().contains(capability)) {
        return "does not offer capability " + capability;
      }
    }
    for (var label : requirement.selector().entrySet()) {
      if (!label.getValue().equals(profile.labels().get(label.getKey()))) {
        return "does not carry label " + label.getKey() + "=" + label.getValue();
      }
    }
    return "";
  }
}
