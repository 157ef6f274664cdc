package io.reefmesh.balancer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that may run now, and their order.
 *
 * <p><b>Order.</b> A task's key is its creation time plus (priority - 1) ageing steps; it keeps it
 * through all retries. Keys fall into buckets of one step. The lowest bucket goes first; in it,
 * projects take turns by weight ({@link ProjectShares}); of one project the smallest key goes
 * first. A task whose nodes are full, or that is at a cap, holds nobody else up.
 *
 * <p><b>Bound.</b> Where nodes have room for it, a task of priority p, created at t, is overtaken
 * only by tasks created before t + (p - q + 1) steps, where q is their own priority: a task of
 * priority 10 by those of priority 1 for 9 to 10 steps, among equal priorities for less than one
 * step, and by none that were created p steps after it. Inside a bucket, another project of weight
 * v has at most v / w + 1 turns between two of a project of weight w. Equal tasks, which means same
 * bucket, project and requirement and able to run now, never overtake each other.
 *
 * <p><b>Shape.</b> A heap of groups, one for each requirement; in it a heap of lanes, one for each
 * project; in it a heap of tasks, and one of key lanes, which are heaps of tasks. A turn moves its
 * project back in every group. In other groups that is not done then, but when such a lane comes
 * first there; likewise a lane at its cap is set aside when it comes first, and brought back by the
 * permit. Both only move a lane back, so what is first and up to date is first of all.
 *
 * <p><b>Cost.</b> With n tasks in a lane, p projects, k keys in a project and g groups, adding and
 * removing take O(log n + log k + log p + log g) comparisons. A turn adds one move, O(log p + log
 * g), for each other group that has tasks of that project, once a node has room for that group and
 * however many turns have passed by then. So a single call may have p moves to make up for, but no
 * more moves are made than turns were taken, and none where nothing can go. A permit costs one move
 * for each requirement that waited for it.
 */
final class ReadyQueue {

  /** Groups without tasks are kept up to this many: their pickers are warm. */
  private static final int MAX_IDLE_GROUPS = 256;

  final QueueEffort effort = new QueueEffort();
  final ProjectShares shares;
  final Caps caps;
  final NodeWaits waits;

  private final Strategy strategy;
  private final Collection<NodeEntry> nodes;
  private final Map<Requirement, ReadyGroup> groups = new LinkedHashMap<>();

  /** Groups without tasks, the one that went idle first before the others. */
  private final Set<ReadyGroup> idle = new LinkedHashSet<>();

  /** Grows when a node comes, goes, or offers something else. */
  private long fleetVersion;

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
          effort.comparisons++;
          ProjectLane first = a.first();
          ProjectLane second = b.first();
          return first != null && (second == null || ProjectLane.goesBefore(first, second));
        }
      };

  /**
   * @param nodes a live view of all nodes, read when a requirement is seen for the first time
   * @param now the time of the step under way
   */
  ReadyQueue(Strategy strategy, QueueRules rules, Collection<NodeEntry> nodes, LongSupplier now) {
    this.strategy = strategy;
    this.nodes = nodes;
    this.shares = new ProjectShares(rules);
    this.caps = new Caps(rules);
    this.waits = new NodeWaits(effort, now);
  }

  /** The task may run now. */
  void add(TaskEntry task) {
    ReadyGroup group = groupOf(task.terms.requirement());
    task.group = group;
    group.tasks++;
    group.insert(task);
    settle(group);
  }

  /** The task must not run now, wherever it stands. */
  void remove(TaskEntry task) {
    ReadyGroup group = task.group;
    if (group == null) {
      return;
    }
    if (task.parked) {
      task.parked = false;
      group.parked.remove(task);
    } else if (task.awaited != null) {
      waits.end(task);
    } else {
      group.extract(task);
    }
    task.group = null;
    group.tasks--;
    settle(group);
    dropIdleGroups();
  }

  /** The task is pushed: it has had its project's turn, and takes its permits. */
  void pushed(TaskEntry task) {
    ProjectLane lane = task.lane;
    if (lane != null) {
      shares.charge(lane.share);
      lane.pass = lane.share.pass;
    }
    remove(task);
    caps.take(task.terms, task);
  }

  /** A lease or hold of a task with such terms has ended: its permits are free. */
  void freePermits(@Nullable TaskTerms terms, Timed leaseOrHold) {
    if (terms != null) {
      free(caps.ofProject(terms), leaseOrHold);
      free(caps.ofKey(terms), leaseOrHold);
    }
  }

  /** Sets a task aside until one of its refusals lapses or a node it may try gets room. */
  void park(TaskEntry task) {
    ReadyGroup group = task.group;
    if (group != null) {
      group.extract(task);
      task.parked = true;
      group.parked.add(task);
      settle(group);
    }
  }

  /** Sets a task aside until a node has room or is no longer to be waited for. */
  void await(TaskEntry task, NodeEntry node) {
    ReadyGroup group = task.group;
    if (group != null) {
      group.extract(task);
      waits.begin(task, node);
      settle(group);
    }
  }

  /** A task that stands aside must not any longer. */
  void noLongerAside(TaskEntry task) {
    ReadyGroup group = task.group;
    if (group == null) {
      return;
    }
    if (task.parked) {
      task.parked = false;
      group.parked.remove(task);
      group.insert(task);
    } else if (task.awaited != null) {
      waits.end(task);
      group.insert(task);
    }
    settle(group);
  }

  /** The task that goes next; null: none can go anywhere. */
  @Nullable TaskEntry next() {
    ReadyGroup group;
    while ((group = dispatchable.peek()) != null) {
      ProjectLane lane = group.first();
      if (lane == null) {
        throw new IllegalStateException("a group without tasks cannot dispatch");
      }
      TaskEntry task = lane.first();
      KeyLane keyLane = task.keyLane;
      if (lane.cap != null && lane.cap.isFull()) {
        group.setAside(lane, lane.cap);
      } else if (keyLane != null && keyLane.cap.isFull()) {
        lane.setAside(keyLane);
        group.settle(lane);
      } else if (lane.pass != lane.share.pass) {
        lane.pass = lane.share.pass;
        group.settle(lane);
      } else {
        return task;
      }
      settle(group);
    }
    return null;
  }

  /** A node's room or load changed. */
  void nodeChanged(NodeEntry node, long nowMillis) {
    NodePicker.Candidate candidate = node.candidate();
    for (ReadyGroup group : node.groups) {
      group.picker.put(candidate);
      if (candidate.hasRoom() && !group.parked.isEmpty()) {
        unparkFor(group, node, nowMillis);
      }
      settle(group);
    }
    waits.changed(node);
  }

  /** A node appeared, or offers something else now. */
  void nodeReprofiled(NodeEntry node, long nowMillis) {
    fleetVersion++;
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
    fleetVersion++;
    node.groups.forEach(group -> forget(group, node));
    node.groups.clear();
    waits.changed(node);
  }

  /** The group of a requirement, if there is one; to explain why a task waits. */
  @Nullable ReadyGroup find(Requirement requirement) {
    return groups.get(requirement);
  }

  Collection<ReadyGroup> groups() {
    return groups.values();
  }

  /** Changes whenever what the nodes offer may have changed. */
  long fleetVersion() {
    return fleetVersion;
  }

  private void free(@Nullable Cap cap, Timed leaseOrHold) {
    if (cap == null) {
      return;
    }
    cap.free(leaseOrHold);
    if (!cap.isFull() && cap.hasAside()) {
      cap.takeAside().forEach(this::bringBack);
    }
    caps.dropIfIdle(cap);
  }

  private void bringBack(CappedLane waiting) {
    ProjectLane lane;
    if (waiting instanceof KeyLane keyLane) {
      lane = keyLane.lane;
      lane.bringBack(keyLane);
      lane.group.settle(lane);
    } else {
      lane = (ProjectLane) waiting;
      lane.group.bringBack(lane);
    }
    settle(lane.group);
  }

  private void forget(ReadyGroup group, NodeEntry node) {
    group.capable.remove(node);
    group.picker.remove(node.id);
    settle(group);
  }

  private static void unparkFor(ReadyGroup group, NodeEntry node, long nowMillis) {
    List<TaskEntry> free = new ArrayList<>();
    for (TaskEntry task : group.parked) {
      if (!task.mustAvoid(nowMillis).contains(node.id)) {
        free.add(task);
      }
    }
    for (TaskEntry task : free) {
      task.parked = false;
      group.parked.remove(task);
      group.insert(task);
    }
  }

  private ReadyGroup groupOf(Requirement requirement) {
    ReadyGroup group = groups.get(requirement);
    if (group == null) {
      group = new ReadyGroup(requirement, NodePickers.create(strategy), shares, caps, effort);
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

  /** Puts a group where it belongs after a change to it. Only one group changes at a time. */
  private void settle(ReadyGroup group) {
    if (!group.canDispatch()) {
      dispatchable.remove(group);
    } else if (dispatchable.contains(group)) {
      dispatchable.update(group);
    } else {
      dispatchable.insert(group);
    }
    if (group.tasks == 0) {
      idle.add(group);
    } else if (!idle.isEmpty()) {
      idle.remove(group);
    }
  }

  private void dropIdleGroups() {
    while (idle.size() > MAX_IDLE_GROUPS) {
      ReadyGroup oldest = idle.iterator().next();
      idle.remove(oldest);
      groups.remove(oldest.requirement);
      oldest.capable.forEach(node -> node.groups.remove(oldest));
      oldest.close();
    }
  }
}
