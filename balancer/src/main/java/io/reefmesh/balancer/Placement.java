package io.reefmesh.balancer;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Brings ready tasks and nodes with room together, until one of them runs out. */
final class Placement {

  private final MeshState mesh;
  private final TaskLife tasks;

  Placement(MeshState mesh, TaskLife tasks) {
    this.mesh = mesh;
    this.tasks = tasks;
  }

  void run() {
    ReadyGroup group;
    while (mesh.placing && (group = mesh.ready.next()) != null) {
      TaskEntry task = group.head();
      if (task == null) {
        throw new IllegalStateException("a group without tasks cannot dispatch");
      }
      String nodeId = choose(group, task);
      if (nodeId == null) {
        park(task);
      } else {
        tasks.assign(task, nodeNamed(nodeId));
      }
    }
  }

  private @Nullable String choose(ReadyGroup group, TaskEntry task) {
    Set<String> mustAvoid = task.mustAvoid(mesh.nowMillis);
    String home = sessionNode(group, task, mustAvoid);
    if (home != null) {
      return home;
    }
    long key = stickyKey(task);
    Set<String> wouldAvoid = task.wouldAvoid(mesh.nowMillis);
    String fresh = group.picker.pick(key, wouldAvoid);
    return fresh != null || wouldAvoid.equals(mustAvoid)
        ? fresh
        : group.picker.pick(key, mustAvoid);
  }

  /** Where the session's last task ran, when the task or that node wants it and it has room. */
  private @Nullable String sessionNode(ReadyGroup group, TaskEntry task, Set<String> mustAvoid) {
    String last = mesh.sessions.lastNode(task);
    NodeEntry node = last == null ? null : mesh.nodes.get(last);
    boolean wanted =
        node != null
            && (task.terms.preferSessionNode() || node.profile.keepsSessionState())
            && node.hasRoom()
            && group.capable.contains(node)
            && !mustAvoid.contains(node.id);
    return wanted ? last : null;
  }

  private void park(TaskEntry task) {
    if (task.firstRefusalEndsMillis() == Timed.NEVER) {
      throw new IllegalStateException("a picker with room chose no node for task " + task.id);
    }
    mesh.ready.park(task);
    tasks.arm(task);
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
