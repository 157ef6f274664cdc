package io.reefmesh.balancer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Ready tasks that stand aside for one node, which is full, because it keeps their session's state.
 * O(log n) to begin and to end; nothing is walked but tasks whose wait ends.
 */
final class NodeWaits {

  private final QueueEffort effort;
  private final LongSupplier now;

  /** How long tasks have waited in all. */
  private long waitedMillis;

  /** Never walked. */
  private final Map<NodeEntry, TaskHeap> waiting = new HashMap<>();

  /** Awaited nodes that have changed since they were looked at. */
  private final Set<NodeEntry> changed = new LinkedHashSet<>();

  /** Awaited nodes with room, of whose tasks as many were let go as there was room for. */
  private final Set<NodeEntry> partly = new LinkedHashSet<>();

  NodeWaits(QueueEffort effort, LongSupplier now) {
    this.effort = effort;
    this.now = now;
  }

  void begin(TaskEntry task, NodeEntry node) {
    task.awaited = node;
    task.awaitsSinceMillis = now.getAsLong();
    waiting.computeIfAbsent(node, n -> new TaskHeap(effort)).insert(task);
  }

  void end(TaskEntry task) {
    NodeEntry node = task.awaited;
    TaskHeap tasks = node == null ? null : waiting.get(node);
    if (node == null || tasks == null) {
      throw new IllegalStateException("task " + task.id + " awaits no node");
    }
    tasks.remove(task);
    task.awaited = null;
    waitedMillis += now.getAsLong() - task.awaitsSinceMillis;
    if (tasks.isEmpty()) {
      waiting.remove(node);
    }
  }

  /** A node's room or standing changed. */
  void changed(NodeEntry node) {
    if (waiting.containsKey(node)) {
      changed.add(node);
    }
  }

  /** The nodes that changed since the last call. */
  List<NodeEntry> takeChanged() {
    if (changed.isEmpty()) {
      return List.of();
    }
    List<NodeEntry> nodes = new ArrayList<>(changed);
    changed.clear();
    return nodes;
  }

  /** More tasks wait for the node than it has room for, as far as is known. */
  void letGoInPart(NodeEntry node) {
    partly.add(node);
  }

  /**
   * Those that were let go have gone somewhere, or cannot: whether there is a node to look at again
   * that may have room left.
   */
  boolean lookAgain() {
    if (!partly.isEmpty()) {
      partly.forEach(this::changed);
      partly.clear();
    }
    return !changed.isEmpty();
  }

  /** The first of those that wait for a node; null: nobody does. */
  @Nullable TaskEntry first(NodeEntry node) {
    TaskHeap tasks = waiting.get(node);
    return tasks == null ? null : tasks.peek();
  }

  /** How long tasks have waited in all, those that wait now not included. */
  long waitedMillis() {
    return waitedMillis;
  }

  /** How many tasks wait. */
  int size() {
    return waiting.values().stream().mapToInt(TaskHeap::size).sum();
  }
}
