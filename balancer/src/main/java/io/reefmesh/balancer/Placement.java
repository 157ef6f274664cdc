package io.reefmesh.balancer;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Brings ready tasks and nodes with room together, until one of them runs out. */
final class Placement {

  private final MeshState mesh;
  private final TaskLife tasks;
  private final Affinity affinity;

  Placement(MeshState mesh, TaskLife tasks) {
    this.mesh = mesh;
    this.tasks = tasks;
    this.affinity = new Affinity(mesh, tasks);
  }

  void run() {
    while (mesh.placing) {
      // First, so that whoever waited for a node goes before a younger equal.
      affinity.wake();
      TaskEntry task = mesh.ready.next();
      if (task != null) {
        place(task, groupOf(task));
      } else if (!mesh.ready.waits.lookAgain()) {
        return;
      }
    }
  }

  private void place(TaskEntry task, ReadyGroup group) {
    NodeEntry home = affinity.homeOf(task);
    if (home != null && home.state() == NodeState.ONLINE) {
      assign(task, home);
    } else if (home == null || !affinity.await(task, home)) {
      String nodeId = choose(group, task);
      if (nodeId == null) {
        park(task);
      } else {
        assign(task, nodeNamed(nodeId));
      }
    }
  }

  private void assign(TaskEntry task, NodeEntry node) {
    affinity.count(task, node);
    tasks.assign(task, node);
  }

  private @Nullable String choose(ReadyGroup group, TaskEntry task) {
    Set<String> mustAvoid = task.mustAvoid(mesh.nowMillis);
    long key = stickyKey(task);
    Set<String> wouldAvoid = task.wouldAvoid(mesh.nowMillis);
    String fresh = group.picker.pick(key, wouldAvoid);
    return fresh != null || wouldAvoid.equals(mustAvoid)
        ? fresh
        : group.picker.pick(key, mustAvoid);
  }

  private void park(TaskEntry task) {
    if (task.firstRefusalEndsMillis() == Timed.NEVER) {
      throw new IllegalStateException("a picker with room chose no node for task " + task.id);
    }
    mesh.ready.park(task);
    tasks.arm(task);
  }

  private static ReadyGroup groupOf(TaskEntry task) {
    ReadyGroup group = task.group;
    if (group == null) {
      throw new IllegalStateException("task " + task.id + " is offered and not ready");
    }
    return group;
  }

  private NodeEntry nodeNamed(String nodeId) {
    NodeEntry node = mesh.nodes.get(nodeId);
    if (node == null || !node.hasRoom()) {
      throw new IllegalStateException("a picker chose node " + nodeId + ", which has no room");
    }
    return node;
  }

  private static long stickyKey(TaskEntry task) {
    String session = task.terms.session();
    return session == null
        ? Hashing.murmur3_128().hashLong(task.id.value()).asLong()
        : Hashing.murmur3_128()
            .newHasher()
            .putString(task.terms.project(), StandardCharsets.UTF_8)
            .putByte((byte) 0)
            .putString(session, StandardCharsets.UTF_8)
            .hash()
            .asLong();
  }
}
