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
    Set<TaskEntry> ready = readyTasks();
    Map<String, Long> depths = new HashMap<>();
    for (TaskEntry task : mesh.tasks.values()) {
      checkTask(task, leased, ready);
      if (task.state() == TaskState.QUEUED) {
        String cell = task.terms.requirement().type() + "/" + task.terms.priority();
        depths.merge(cell, 1L, Long::sum);
      }
    }
    long counted = depths.values().stream().mapToLong(Long::longValue).sum();
    require(counted == mesh.depths.total(), "queue depths are off: " + counted);
    new QueueInvariants(mesh).check();
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
