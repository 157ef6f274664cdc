package io.reefmesh.balancer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What must hold after every step: each task is in exactly the places its state says. Slow (it
 * walks everything): for tests and simulation. What it says begins with a rule: J1 leased exactly
 * while the state says so; J2 no lease without an end; J3 ready tasks are in their places, and
 * nothing else is; J4 no delay without an end; J5 what has ended is nowhere; J6 figures equal
 * recounts.
 */
final class Invariants {

  private final MeshState mesh;

  Invariants(MeshState mesh) {
    this.mesh = mesh;
  }

  void check() {
    Set<TaskEntry> leased = checkNodes();
    Set<TaskEntry> ready = readyTasks();
    Map<String, Long> depths = new HashMap<>();
    for (TaskEntry task : mesh.tasks.values()) {
      checkTask(task, leased, ready);
      if (task.state() == TaskState.QUEUED) {
        String cell = task.terms.requirement().type() + "/" + task.terms.priority();
        depths.merge(cell, 1L, Long::sum);
      }
    }
    for (TaskState state : TaskState.values()) {
      long there = mesh.tasks.values().stream().filter(task -> task.state() == state).count();
      require(there == mesh.counts.of(state), "J6 the count of " + state + " tasks is off");
    }
    for (MeshFigures.Depth depth : mesh.depths.rows()) {
      long there = depths.getOrDefault(depth.type() + "/" + depth.priority(), 0L);
      require(there == depth.queued(), "J6 the depth of " + depth + " is off: " + there);
    }
    checkBacklog();
    checkHealth();
    checkTimers();
    long counted = depths.values().stream().mapToLong(Long::longValue).sum();
    require(counted == mesh.depths.total(), "J6 queue depths are off: " + counted);
    new QueueInvariants(mesh).check();
  }

  /** Each timer is one of those whose owners are known. */
  private void checkTimers() {
    long owners = (long) mesh.tasks.size() + mesh.nodes.size();
    for (NodeEntry node : mesh.nodes.values()) {
      owners += node.holds.values().stream().filter(mesh.timers::contains).count();
      owners += node.typeCircuits.values().stream().filter(mesh.timers::contains).count();
      owners += mesh.timers.contains(node.circuit) ? 1 : 0;
      // Also one that hung up: it may dial again within the time of its probe.
      owners += node.newcomer != null && mesh.timers.contains(node.newcomer) ? 1 : 0;
    }
    require(
        mesh.timers.size() == owners,
        "J5 there are " + mesh.timers.size() + " timers for " + owners + " owners");
  }

  private void checkBacklog() {
    Map<String, Integer> byProject = new HashMap<>();
    mesh.tasks.values().forEach(task -> byProject.merge(task.terms.project(), 1, Integer::sum));
    require(
        mesh.backlog.total() == mesh.tasks.size()
            && mesh.backlog.projects() == byProject.size()
            && byProject.entrySet().stream()
                .allMatch(entry -> mesh.backlog.of(entry.getKey()) == entry.getValue()),
        "J6 the backlog by project is off: " + byProject);
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
          !node.offline || node.inFlight() == 0,
          "J5 OFFLINE node " + node.id + " still holds work");
      require(
          !node.isLinked() || mesh.links.get(node.link) == node,
          "J6 the link of node " + node.id + " is not known");
      require(mesh.timers.contains(node), "J4 node " + node.id + " has no timer");
      require(node.lastState == node.state(), "J6 the state of node " + node.id + " was not told");
    }
    return leased;
  }

  private void checkHealth() {
    for (NodeEntry node : mesh.nodes.values()) {
      boolean troubled = checkCircuit(node.circuit);
      for (Circuit ofType : node.typeCircuits.values()) {
        troubled |= checkCircuit(ofType);
      }
      require(
          troubled == mesh.troubled.contains(node),
          "J6 the trouble of " + node.id + " is not known");
    }
    require(
        mesh.nodes.values().containsAll(mesh.troubled), "J5 a forgotten node is still in trouble");
    for (Newcomer newcomer : mesh.newcomers.values()) {
      require(
          newcomer.linked && newcomer.incumbent.newcomer == newcomer,
          "J6 a newcomer is not known to node " + newcomer.incumbent.id);
    }
  }

  private boolean checkCircuit(Circuit circuit) {
    String name = circuit.node.id + "/" + circuit.type;
    require(
        mesh.timers.contains(circuit) == (circuit.resting || circuit.state == Circuit.State.OPEN),
        "J4 circuit " + name + " has the wrong timer");
    Effect.AttemptRef probe = circuit.probe;
    require(
        probe == null || circuit.state == Circuit.State.HALF_OPEN, "J6 a stray probe at " + name);
    if (probe != null) {
      TaskEntry task = circuit.node.leases.get(probe.id());
      require(
          task != null && task.attempt == probe.attempt(),
          "J4 circuit " + name + " lost its probe");
    }
    return circuit.isTroubled();
  }

  private Set<TaskEntry> readyTasks() {
    Set<TaskEntry> ready = new HashSet<>();
    for (TaskEntry task : mesh.tasks.values()) {
      if (task.group != null) {
        ready.add(task);
      }
    }
    return ready;
  }

  private void checkTask(TaskEntry task, Set<TaskEntry> leased, Set<TaskEntry> ready) {
    boolean running = task.state() == TaskState.ASSIGNED || task.state() == TaskState.RUNNING;
    require(!task.state().isFinal(), "J5 an ended task is live: " + task.id);
    require(running == leased.contains(task), "J1 lease and state differ: " + task.id);
    require(mesh.timers.contains(task), "J4 task " + task.id + " has no timer");
    if (task.state() == TaskState.QUEUED) {
      boolean delayed = task.notBeforeMillis > mesh.nowMillis;
      boolean itsTurn = task.line == null || task.line.isTurnOf(task);
      require(
          !delayed || task.dueAtMillis <= task.notBeforeMillis,
          "J4 nothing ends the delay of task " + task.id);
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
