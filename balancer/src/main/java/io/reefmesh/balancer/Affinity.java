package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * Keeps the tasks of a session on the node that ran the last of them, when that node says that it
 * keeps the session's state or the task asks for it. It holds while the same process is linked and
 * takes work: the moment its link closes, it drains, leaves or turns unhealthy, the session is free
 * to go elsewhere. For a node that is only full, a task waits a bounded time.
 */
final class Affinity {

  private final MeshState mesh;
  private final TaskLife tasks;
  private final AffinityFigures figures;

  Affinity(MeshState mesh, TaskLife tasks) {
    this.mesh = mesh;
    this.tasks = tasks;
    this.figures = mesh.affinity;
  }

  /** The node to prefer for a task, with room or full; null: the strategy chooses. */
  @Nullable NodeEntry homeOf(TaskEntry task) {
    NodeEntry last = lastNode(task);
    return last != null && isHome(task, last) ? last : null;
  }

  /**
   * Sets a task aside for its full home, if it has not waited long enough. It never waits for more
   * than half of what is left of its queue timeout, so no task expires for the sake of a
   * preference.
   */
  boolean await(TaskEntry task, NodeEntry home) {
    long now = mesh.nowMillis;
    if (task.awaitsUntilMillis == 0) {
      long left = Math.max(0, task.queueDeadlineMillis() - now);
      long wait = Math.min(mesh.config.queue().affinityWaitMillis(), left / 2);
      task.awaitsUntilMillis = now + wait;
      figures.waits += wait > 0 ? 1 : 0;
    }
    if (task.awaitsUntilMillis <= now) {
      return false;
    }
    mesh.ready.await(task, home);
    tasks.arm(task);
    return true;
  }

  /** Lets tasks go on that wait for a node which has room by now, or is no home any longer. */
  void wake() {
    for (NodeEntry node : mesh.ready.waits.takeChanged()) {
      int room = node.profile.slots() - node.inFlight();
      TaskEntry first;
      while ((first = mesh.ready.waits.first(node)) != null) {
        boolean home = isHome(first, node);
        if (home && node.state() != NodeState.ONLINE) {
          break;
        }
        if (home && room <= 0) {
          mesh.ready.waits.letGoInPart(node);
          break;
        }
        if (home && mesh.ready.caps.inTheWay(first.terms) == null) {
          room--;
        }
        endWait(first);
      }
    }
  }

  /** The task's wait is over, whatever it waited for. */
  private void endWait(TaskEntry task) {
    mesh.ready.noLongerAside(task);
    tasks.arm(task);
  }

  /** The task goes to a node: was it the one to prefer? Called before it is pushed. */
  void count(TaskEntry task, NodeEntry chosen) {
    NodeEntry last = lastNode(task);
    boolean wanted =
        task.line != null && last != null && (task.terms.preferSessionNode() || keepsState(last));
    if (wanted) {
      if (last == chosen) {
        figures.hits++;
      } else {
        figures.misses++;
      }
    }
  }

  private static boolean keepsState(NodeEntry node) {
    return node.profile.keepsSessionState();
  }

  private @Nullable NodeEntry lastNode(TaskEntry task) {
    SessionLines.LastRun last = mesh.sessions.lastRun(task);
    if (last == null) {
      return null;
    }
    NodeEntry node = mesh.nodes.get(last.nodeId());
    return node != null && node.incarnation.equals(last.incarnation()) ? node : null;
  }

  private boolean isHome(TaskEntry task, NodeEntry node) {
    NodeState state = node.state();
    ReadyGroup group = task.group;
    return (state == NodeState.ONLINE || state == NodeState.BUSY)
        && (task.terms.preferSessionNode() || keepsState(node))
        && group != null
        && group.capable.contains(node)
        && lastNode(task) == node
        && !task.wouldAvoid(mesh.nowMillis).contains(node.id);
  }
}
