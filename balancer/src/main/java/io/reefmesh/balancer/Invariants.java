package io.reefmesh.balancer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What must hold after every step: each task is in exactly the places its state says. Slow (it
 * walks everything): for tests and simulation. What it says begins with a rule: J1 leased exactly
 * while its state says so; J2 no lease without an end; J3 ready tasks are in their group, and
 * nothing else is; J4 no delay without an end; J5 what has ended is nowhere; J6 counters equal
 * recounts.
 */
final class Invariants {

  private final MeshState mesh;

  Invariants(MeshState mesh) {
    this.mesh = mesh;
  }

  void check() {
    Set<TaskEntry> leased = checkNodes();
    Set<TaskEntry> ready = checkGroups();
    Map<String, Long> depths = new HashMap<>();
    for (TaskEntry task : mesh.tasks.values()) {
      checkTask(task, leased, ready);
      if (task.state() == TaskState.QUEUED) {
        String cell = task.terms.requirement().type() + "/" + task.terms.priority();
        depths.merge(cell, 1L, Long::sum);
      }
    }
    long counted = depths.values().stream().mapToLong(Long::longValue).sum();
    require(counted == mesh.depths.total(), "J6 queue depths are off: " + counted);
    require(ready.size() <= mesh.tasks.size(), "J5 an ended task is still ready");
    checkTimers();
    require(!mesh.placing || mesh.ready.next() == null, "J3 a task that could run was left waiting");
  }

  /** Each timer is one of those whose owners were seen to have one. */
  private void checkTimers() {
    long owners = mesh.tasks.size() + mesh.nodes.size() + mesh.newcomers.size();
    for (NodeEntry node : mesh.nodes.values()) {
      owners += node.holds.values().stream().filter(mesh.timers::contains).count();
    }
    require(
        mesh.timers.size() == owners,
        "J5 there are " + mesh.timers.size() + " timers for " + owners + " owners");
  }

  private Set<TaskEntry> checkNodes() {
    Set<TaskEntry> leased = new HashSet<>();
    for (NodeEntry node : mesh.nodes.values()) {
      for (TaskEntry task : node.leases.values()) {
        require(leased.add(task), "J1 two nodes hold task " + task.id);
        require(task.node == node, "J1 task " + task.id + " does not know its node");
        require(mesh.tasks.get(task.id) == task, "J5 an ended task has a lease: " + task.id);
      }
      require(
          !node.offline || node.inFlight() == 0, "J5 OFFLINE node " + node.id + " still holds work");
      require(
          !node.isLinked() || mesh.links.get(node.link) == node,
          "J6 the link of node " + node.id + " is not known");
      require(mesh.timers.contains(node), "J4 node " + node.id + " has no timer");
      require(node.lastState == node.state(), "J6 the state of node " + node.id + " was not told");
    }
    return leased;
  }

  private Set<TaskEntry> checkGroups() {
    Set<TaskEntry> ready = new HashSet<>();
    for (ReadyGroup group : mesh.ready.groups()) {
      require(
          group.canDispatch() == (group.position >= 0),
          "J3 a group is in the wrong place: " + group.requirement);
      for (NodeEntry node : group.capable) {
        require(
            node.profile.serves(group.requirement) && !node.offline,
            "J3 node " + node.id + " is in a group it cannot serve");
      }
    }
    for (TaskEntry task : mesh.tasks.values()) {
      if (task.readyPosition >= 0 || task.parked) {
        ready.add(task);
      }
    }
    int inGroups =
        mesh.ready.groups().stream().mapToInt(g -> g.readyCount() + g.parked.size()).sum();
    require(inGroups == ready.size(), "J5 ready groups hold tasks that are not live");
    return ready;
  }

  private void checkTask(TaskEntry task, Set<TaskEntry> leased, Set<TaskEntry> ready) {
    boolean running = task.state() == TaskState.ASSIGNED || task.state() == TaskState.RUNNING;
    require(!task.state().isFinal(), "J5 an ended task is live: " + task.id);
    require(running == leased.contains(task), "J1 lease and state differ: " + task.id);
    require(mesh.timers.contains(task), "J4 task " + task.id + " has no timer");
    if (task.state() == TaskState.QUEUED) {
      boolean delayed = task.notBeforeMillis > mesh.nowMillis;
      require(
          !delayed || task.dueAtMillis <= task.notBeforeMillis,
          "J4 nothing ends the delay of task " + task.id);
      boolean itsTurn = task.line == null || task.line.isTurnOf(task);
      require(
          ready.contains(task) == (!delayed && itsTurn),
          "J3 task " + task.id + " is not where a queued task belongs");
    } else {
      require(
          task.dueAtMillis <= task.leaseUntilMillis,
          "J2 nothing ends the lease of task " + task.id);
      require(!ready.contains(task), "J3 a running task is ready: " + task.id);
      require(task.line == null || task.line.head() == task, "J1 a session runs out of order");
    }
    require(
        task.chargedAttempts() <= task.terms.retry().maxAttempts(),
        "J6 too many attempts of " + task.id);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }
}
