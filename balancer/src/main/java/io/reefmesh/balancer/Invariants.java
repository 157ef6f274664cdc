package io.reefmesh.balancer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What must hold after every step: each task is in exactly the places its state says. Slow (it
 * walks everything): for tests and simulation.
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
    for (TaskState state : TaskState.values()) {
      long there = mesh.tasks.values().stream().filter(task -> task.state() == state).count();
      require(there == mesh.counts.of(state), "the count of " + state + " tasks is off");
    }
    for (MeshFigures.Depth depth : mesh.depths.rows()) {
      long there = depths.getOrDefault(depth.type() + "/" + depth.priority(), 0L);
      require(there == depth.queued(), "the depth of " + depth + " is off: " + there);
    }
    checkHealth();
    long counted = depths.values().stream().mapToLong(Long::longValue).sum();
    require(counted == mesh.depths.total(), "queue depths are off: " + counted);
    require(ready.size() <= mesh.tasks.size(), "an ended task is still ready");
    require(!mesh.placing || mesh.ready.next() == null, "a task that could run was left waiting");
  }

  private Set<TaskEntry> checkNodes() {
    Set<TaskEntry> leased = new HashSet<>();
    for (NodeEntry node : mesh.nodes.values()) {
      for (TaskEntry task : node.leases.values()) {
        require(leased.add(task), "two nodes hold task " + task.id);
        require(task.node == node, "task " + task.id + " does not know its node");
        require(mesh.tasks.get(task.id) == task, "an ended task has a lease: " + task.id);
      }
      require(
          !node.offline || node.inFlight() == 0, "OFFLINE node " + node.id + " still holds work");
      require(
          !node.isLinked() || mesh.links.get(node.link) == node,
          "the link of node " + node.id + " is not known");
      require(mesh.timers.contains(node), "node " + node.id + " has no timer");
      require(node.lastState == node.state(), "the state of node " + node.id + " was not told");
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
          troubled == mesh.troubled.contains(node), "the trouble of " + node.id + " is not known");
    }
    require(mesh.nodes.values().containsAll(mesh.troubled), "a forgotten node is still in trouble");
    for (Newcomer newcomer : mesh.newcomers.values()) {
      require(
          newcomer.linked && newcomer.incumbent.newcomer == newcomer,
          "a newcomer is not known to node " + newcomer.incumbent.id);
    }
  }

  private boolean checkCircuit(Circuit circuit) {
    String name = circuit.node.id + "/" + circuit.type;
    require(
        mesh.timers.contains(circuit) == (circuit.resting || circuit.state == Circuit.State.OPEN),
        "circuit " + name + " has the wrong timer");
    Effect.AttemptRef probe = circuit.probe;
    require(probe == null || circuit.state == Circuit.State.HALF_OPEN, "a stray probe at " + name);
    if (probe != null) {
      TaskEntry task = circuit.node.leases.get(probe.id());
      require(
          task != null && task.attempt == probe.attempt(), "circuit " + name + " lost its probe");
    }
    return circuit.isTroubled();
  }

  private Set<TaskEntry> checkGroups() {
    Set<TaskEntry> ready = new HashSet<>();
    for (ReadyGroup group : mesh.ready.groups()) {
      require(
          group.canDispatch() == (group.position >= 0),
          "a group is in the wrong place: " + group.requirement);
      for (NodeEntry node : group.capable) {
        require(
            node.serves(group.requirement) && !node.offline,
            "node " + node.id + " is in a group it cannot serve");
      }
    }
    for (TaskEntry task : mesh.tasks.values()) {
      if (task.readyPosition >= 0 || task.parked) {
        ready.add(task);
      }
    }
    int inGroups =
        mesh.ready.groups().stream().mapToInt(g -> g.readyCount() + g.parked.size()).sum();
    require(inGroups == ready.size(), "ready groups hold tasks that are not live");
    return ready;
  }

  private void checkTask(TaskEntry task, Set<TaskEntry> leased, Set<TaskEntry> ready) {
    boolean running = task.state() == TaskState.ASSIGNED || task.state() == TaskState.RUNNING;
    require(!task.state().isFinal(), "an ended task is live: " + task.id);
    require(running == leased.contains(task), "lease and state differ: " + task.id);
    require(mesh.timers.contains(task), "task " + task.id + " has no timer");
    if (task.state() == TaskState.QUEUED) {
      boolean delayed = task.notBeforeMillis > mesh.nowMillis;
      boolean itsTurn = task.line == null || task.line.isTurnOf(task);
      require(
          ready.contains(task) == (!delayed && itsTurn),
          "task " + task.id + " is not where a queued task belongs");
    } else {
      require(!ready.contains(task), "a running task is ready: " + task.id);
      require(task.line == null || task.line.head() == task, "a session runs out of order");
    }
    require(
        task.chargedAttempts() <= task.terms.retry().maxAttempts(),
        "too many attempts of " + task.id);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }
}
