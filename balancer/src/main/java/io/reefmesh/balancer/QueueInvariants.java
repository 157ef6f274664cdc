package io.reefmesh.balancer;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of the queue after every step: every figure equals a recount, every task is in the
 * one place that its state says, and none is left that could go. Slow: for tests and simulation.
 */
final class QueueInvariants {

  private final MeshState mesh;
  private final ReadyQueue ready;
  private final Map<ProjectLane, TaskEntry> heads = new HashMap<>();
  private final Map<ProjectLane, Integer> laneSizes = new HashMap<>();
  private final Map<ReadyGroup, Integer> groupSizes = new HashMap<>();
  private final Map<String, Integer> readyByProject = new HashMap<>();

  QueueInvariants(MeshState mesh) {
    this.mesh = mesh;
    this.ready = mesh.ready;
  }

  void check() {
    int parked = 0;
    int awaiting = 0;
    for (TaskEntry task : mesh.tasks.values()) {
      checkPlace(task);
      parked += task.parked ? 1 : 0;
      awaiting += task.awaited != null ? 1 : 0;
    }
    require(awaiting == ready.waits.size(), "J3 more tasks wait for nodes than are known");
    for (ReadyGroup group : ready.groups()) {
      checkGroup(group);
      parked -= group.parked.size();
    }
    require(parked == 0, "J3 a parked task is not in its group");
    checkShares();
    checkCaps();
    if (mesh.placing) {
      require(ready.next() == null, "J3 a task that could run was left waiting");
      mesh.tasks.values().forEach(this::checkCannotGo);
    }
  }

  private void checkPlace(TaskEntry task) {
    ReadyGroup group = task.group;
    ProjectLane lane = task.lane;
    if (group == null) {
      require(
          lane == null && !task.parked && task.awaited == null && task.readyPosition < 0,
          "J3 a task that must not run stands in the queue: " + task.id);
      return;
    }
    require(
        group == ready.find(task.terms.requirement()),
        "J3 task " + task.id + " is in a lost group");
    groupSizes.merge(group, 1, Integer::sum);
    int places = (lane != null ? 1 : 0) + (task.parked ? 1 : 0) + (task.awaited != null ? 1 : 0);
    require(places == 1, "J3 task " + task.id + " stands in " + places + " places");
    require((task.readyPosition < 0) == task.parked, "J3 task " + task.id + " is in no heap");
    if (lane != null) {
      require(
          lane.group == group && lane.share.project.equals(task.terms.project()),
          "J3 task " + task.id + " is in another's lane");
      laneSizes.merge(lane, 1, Integer::sum);
      readyByProject.merge(task.terms.project(), 1, Integer::sum);
      if (task.keyLane == null || !task.keyLane.aside) {
        heads.merge(lane, task, (a, b) -> TaskHeap.goesBefore(a, b) ? a : b);
      }
    }
    NodeEntry awaited = task.awaited;
    if (awaited != null) {
      checkAwaited(task, awaited);
    }
  }

  private void checkAwaited(TaskEntry task, NodeEntry node) {
    SessionLines.LastRun last = mesh.sessions.lastRun(task);
    require(
        node.state() == NodeState.BUSY || !mesh.placing,
        "J3 task " + task.id + " waits for node " + node.id + ", which is " + node.state());
    require(
        last != null
            && last.nodeId().equals(node.id)
            && last.incarnation().equals(node.incarnation),
        "J3 task " + task.id + " waits for a node that did not run its session");
    require(
        task.awaitsUntilMillis > mesh.nowMillis
            && task.awaitsUntilMillis
                <= task.awaitsSinceMillis + mesh.config.queue().affinityWaitMillis(),
        "J3 task " + task.id + " waits too long for a node");
    require(
        mesh.timers.contains(task) && task.dueAtMillis <= task.awaitsUntilMillis,
        "J4 nothing ends the wait of task " + task.id);
  }

  private void checkGroup(ReadyGroup group) {
    require(
        group.tasks == groupSizes.getOrDefault(group, 0),
        "J6 a group counts tasks that it has not: " + group.requirement);
    require(
        group.canDispatch() == (group.position >= 0),
        "J3 a group is in the wrong place: " + group.requirement);
    for (NodeEntry node : group.capable) {
      require(
          node.serves(group.requirement) && !node.offline,
          "J3 node " + node.id + " is in a group it cannot serve");
    }
    for (ProjectLane lane : group.lanes()) {
      String whose = "the lane of project " + lane.share.project;
      require(lane.size == laneSizes.getOrDefault(lane, 0), "J6 " + whose + " counts wrong");
      require(lane.head == heads.get(lane), "J3 " + whose + " has the wrong head");
      require(
          (lane.position >= 0) == (lane.head != null && !lane.aside),
          "J3 " + whose + " is in the wrong place");
      require(
          !lane.aside || (lane.cap != null && lane.cap.isFull()),
          "J6 " + whose + " stands aside though it has a permit");
      require(
          lane.position < 0 || lane.pass - lane.share.pass <= 0,
          "J3 " + whose + " is too far back");
    }
  }

  private void checkShares() {
    Map<ProjectShare, Integer> lanes = new HashMap<>();
    for (ReadyGroup group : ready.groups()) {
      group.lanes().forEach(lane -> lanes.merge(lane.share, 1, Integer::sum));
    }
    for (ProjectShare share : ready.shares.all()) {
      String whose = "project " + share.project;
      require(
          share.ready == readyByProject.getOrDefault(share.project, 0),
          "J6 " + whose + " counts ready tasks that it has not");
      require(share.lanes == lanes.getOrDefault(share, 0), "J6 " + whose + " counts lanes wrong");
      require(
          ready.shares.isWithinOneTurn(share),
          "J6 " + whose + " is more than a turn ahead of the others");
      require(
          (share.debtPosition >= 0) == (share.ready == 0 && ready.shares.isAhead(share)),
          "J6 " + whose + " owes a turn, or is kept for nothing");
    }
  }

  private void checkCaps() {
    Map<Cap.Key, Set<Timed>> expected = new HashMap<>();
    for (NodeEntry node : mesh.nodes.values()) {
      node.leases.values().forEach(task -> expect(expected, task.terms, task));
      node.holds.values().forEach(hold -> expect(expected, hold.terms, hold));
    }
    Collection<Cap> caps = ready.caps.all();
    for (Cap cap : caps) {
      Set<Timed> holders = expected.getOrDefault(cap.key, Set.of());
      require(
          holders.size() == cap.taken() && holders.stream().allMatch(cap::isTakenBy),
          "J6 permits of " + cap.key + " are not its leases and holds");
      require(!cap.isIdle(), "J6 " + cap.key + " is kept for nothing");
      require(!cap.hasAside() || cap.isFull(), "J3 nobody woke those that wait for " + cap.key);
    }
    require(
        caps.stream()
            .map(cap -> cap.key)
            .collect(Collectors.toSet())
            .containsAll(expected.keySet()),
        "J6 a permit was not taken: " + expected.keySet());
  }

  private void expect(
      Map<Cap.Key, Set<Timed>> expected, @Nullable TaskTerms terms, Timed leaseOrHold) {
    if (terms == null) {
      return;
    }
    if (mesh.config.queue().capOf(terms.project()) > 0) {
      expected
          .computeIfAbsent(new Cap.Key(terms.project(), null), k -> new HashSet<>())
          .add(leaseOrHold);
    }
    if (terms.concurrencyKey() != null) {
      expected
          .computeIfAbsent(
              new Cap.Key(terms.project(), terms.concurrencyKey()), k -> new HashSet<>())
          .add(leaseOrHold);
    }
  }

  /** By the words of the rules, not by how the queue is built. */
  private void checkCannotGo(TaskEntry task) {
    ReadyGroup group = task.group;
    if (group == null || task.awaited != null || ready.caps.inTheWay(task.terms) != null) {
      return;
    }
    for (NodeEntry node : group.capable) {
      require(
          !node.candidate().hasRoom() || task.refusedUntilMillis(node.id) > mesh.nowMillis,
          "J3 task " + task.id + " could run on node " + node.id);
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }
}
