package io.reefmesh.balancer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that may run now, in groups of equal requirement. The next task is the first of the
 * group whose head goes first, among the groups that have both a task and a node with room: so a
 * task whose nodes are full holds nobody else up.
 */
final class ReadyQueue {

  /** Groups without tasks are kept up to this many: their pickers are warm. */
  private static final int MAX_IDLE_GROUPS = 256;

  private final Strategy strategy;
  private final Collection<NodeEntry> nodes;
  private final Map<Requirement, ReadyGroup> groups = new LinkedHashMap<>();

  /** Groups without tasks, the one that went idle first before the others. */
  private final Set<ReadyGroup> idle = new LinkedHashSet<>();

  private final IndexedHeap<ReadyGroup> dispatchable =
      new IndexedHeap<>() {
        @Override
        int position(ReadyGroup group) {
          return group.position;
        }

        @Override
        void setPosition(ReadyGroup group, int position) {
          group.position = position;
        }

        @Override
        boolean before(ReadyGroup a, ReadyGroup b) {
          TaskEntry first = a.head();
          TaskEntry second = b.head();
          return first != null && (second == null || ReadyGroup.goesBefore(first, second));
        }
      };

  /**
   * @param nodes a live view of all nodes, read when a requirement is seen for the first time
   */
  ReadyQueue(Strategy strategy, Collection<NodeEntry> nodes) {
    this.strategy = strategy;
    this.nodes = nodes;
  }

  void add(TaskEntry task) {
    ReadyGroup group = groupOf(task.terms.requirement());
    settle(group, () -> group.add(task));
  }

  void remove(TaskEntry task) {
    ReadyGroup group = task.group;
    if (group != null) {
      settle(group, () -> group.remove(task));
      dropIdleGroups();
    }
  }

  /** Sets a task aside until one of its refusals lapses or a node it may try gets room. */
  void park(TaskEntry task) {
    ReadyGroup group = task.group;
    if (group != null) {
      settle(group, () -> group.park(task));
    }
  }

  void unpark(TaskEntry task) {
    ReadyGroup group = task.group;
    if (group != null && task.parked) {
      settle(group, () -> group.unpark(task));
    }
  }

  /** The group whose head is next; null: no task can go anywhere. */
  @Nullable ReadyGroup next() {
    return dispatchable.peek();
  }

  /** A node's room or load changed. */
  void nodeChanged(NodeEntry node, long nowMillis) {
    NodePicker.Candidate candidate = node.candidate();
    for (ReadyGroup group : node.groups) {
      settle(
          group,
          () -> {
            group.picker.put(candidate);
            if (candidate.hasRoom() && !group.parked.isEmpty()) {
              unparkFor(group, node, nowMillis);
            }
          });
    }
  }

  /** A node appeared, or offers something else now. */
  void nodeReprofiled(NodeEntry node, long nowMillis) {
    for (ReadyGroup group : groups.values()) {
      if (node.serves(group.requirement)) {
        group.capable.add(node);
        node.groups.add(group);
      } else if (node.groups.remove(group)) {
        forget(group, node);
      }
    }
    nodeChanged(node, nowMillis);
  }

  /** A node is OFFLINE. */
  void nodeGone(NodeEntry node) {
    node.groups.forEach(group -> forget(group, node));
    node.groups.clear();
  }

  /** The group of a requirement, if there is one; to explain why a task waits. */
  @Nullable ReadyGroup find(Requirement requirement) {
    return groups.get(requirement);
  }

  Collection<ReadyGroup> groups() {
    return groups.values();
  }

  private void forget(ReadyGroup group, NodeEntry node) {
    settle(
        group,
        () -> {
          group.capable.remove(node);
          group.picker.remove(node.id);
        });
  }

  private static void unparkFor(ReadyGroup group, NodeEntry node, long nowMillis) {
    List<TaskEntry> free = new ArrayList<>();
    for (TaskEntry task : group.parked) {
      if (!task.mustAvoid(nowMillis).contains(node.id)) {
        free.add(task);
      }
    }
    free.forEach(group::unpark);
  }

  private ReadyGroup groupOf(Requirement requirement) {
    ReadyGroup group = groups.get(requirement);
    if (group == null) {
      group = new ReadyGroup(requirement, NodePickers.create(strategy));
      groups.put(requirement, group);
      for (NodeEntry node : nodes) {
        if (!node.offline && node.introduced && node.serves(requirement)) {
          group.capable.add(node);
          node.groups.add(group);
          group.picker.put(node.candidate());
        }
      }
    }
    return group;
  }

  /** Makes a change to a group and puts the group where it then belongs. */
  private void settle(ReadyGroup group, Runnable change) {
    // The heap orders groups by their heads, so a group is out of it while its head may change.
    if (group.position >= 0) {
      dispatchable.remove(group);
    }
    change.run();
    if (group.canDispatch()) {
      dispatchable.insert(group);
    }
    if (group.isIdle()) {
      idle.add(group);
    } else {
      idle.remove(group);
    }
  }

  private void dropIdleGroups() {
    while (idle.size() > MAX_IDLE_GROUPS) {
      ReadyGroup oldest = idle.iterator().next();
      idle.remove(oldest);
      groups.remove(oldest.requirement);
      oldest.capable.forEach(node -> node.groups.remove(oldest));
    }
  }
}
