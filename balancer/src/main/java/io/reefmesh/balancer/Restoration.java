package io.reefmesh.balancer;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Takes in what the store has, before the first event. */
final class Restoration {

  private final MeshState mesh;
  private final TaskLife tasks;
  private final NodeLife nodes;
  private final Set<NodeEntry> awaited = new LinkedHashSet<>();
  private final List<TaskEntry> leased = new ArrayList<>();

  Restoration(MeshState mesh, TaskLife tasks, NodeLife nodes) {
    this.mesh = mesh;
    this.tasks = tasks;
    this.nodes = nodes;
  }

  void task(RestoredTask stored) {
    TaskEntry task = new TaskEntry(stored.id(), stored.terms(), stored.body(), stored.requestId());
    task.attempt = stored.attempt();
    task.history = stored.history();
    task.queuedAtMillis = stored.queuedAtMillis();
    // What was never pushed has no back-off in the store; its own not-before time still holds.
    task.notBeforeMillis = Math.max(stored.notBeforeMillis(), stored.terms().notBeforeMillis());
    String nodeId = stored.nodeId();
    String incarnation = stored.incarnation();
    task.queueExpiresNotBeforeMillis = mesh.adoptionEndsMillis;
    task.forgetsProgress();
    if (nodeId != null && incarnation != null) {
      task.restoreState(TaskState.ASSIGNED);
      task.assignedAtMillis = stored.assignedAtMillis();
      hold(task, nodes.awaited(nodeId, incarnation), incarnation);
    }
    tasks.admit(task);
    NodeEntry node = task.node;
    if (node != null) {
      mesh.sessions.ranOn(task, node);
    }
    if (task.state() == TaskState.QUEUED) {
      tasks.enqueue(task);
    } else {
      tasks.arm(task);
    }
  }

  private void waitForNode(TaskEntry task) {
    task.expiresNotBeforeMillis = mesh.adoptionEndsMillis;
    task.leaseUntilMillis =
        Math.max(mesh.adoptionEndsMillis, mesh.nowMillis + task.terms.reconnectGraceMillis());
  }

  private void hold(TaskEntry task, NodeEntry node, String incarnation) {
    waitForNode(task);
    leased.add(task);
    if (!node.incarnation.equals(incarnation) && isLater(task, node)) {
      node.incarnation = incarnation;
    }
    task.node = node;
    node.leases.put(task.id, task);
    mesh.ready.caps.take(task.terms, task);
    awaited.add(node);
  }

  /**
   * The store may name two process lives of a node; the one of the latest push is the living one.
   */
  private static boolean isLater(TaskEntry task, NodeEntry node) {
    return node.leases.values().stream()
        .allMatch(other -> other.assignedAtMillis <= task.assignedAtMillis);
  }

  void finish() {
    mesh.adoptionEndsMillis = mesh.nowMillis + 2 * mesh.config.graceMillis();
    for (TaskEntry task : mesh.tasks.values()) {
      task.queueExpiresNotBeforeMillis = mesh.adoptionEndsMillis;
    }
    for (TaskEntry task : leased) {
      waitForNode(task);
      tasks.arm(task);
    }
    awaited.forEach(nodes::await);
  }
}
