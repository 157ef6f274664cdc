package io.reefmesh.balancer;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ready tasks of one requirement, first to go first, and the nodes that can serve them. */
final class ReadyGroup {

  final Requirement requirement;
  final NodePicker picker;

  /** Nodes that can serve it and are not OFFLINE. */
  final Set<NodeEntry> capable = new LinkedHashSet<>();

  /** Ready tasks that every node with room has refused lately. */
  final Set<TaskEntry> parked = new LinkedHashSet<>();

  /** Its place among the groups that can dispatch; -1: it cannot. */
  int position = -1;

  private final IndexedHeap<TaskEntry> ready =
      new IndexedHeap<>() {
        @Override
        int position(TaskEntry task) {
          return task.readyPosition;
        }

        @Override
        void setPosition(TaskEntry task, int position) {
          task.readyPosition = position;
        }

        @Override
        boolean before(TaskEntry a, TaskEntry b) {
          return goesBefore(a, b);
        }
      };

  ReadyGroup(Requirement requirement, NodePicker picker) {
    this.requirement = requirement;
    this.picker = picker;
  }

  /** The order of the queue: priority and age in one key, then the older id. */
  static boolean goesBefore(TaskEntry a, TaskEntry b) {
    return a.readyKey != b.readyKey ? a.readyKey < b.readyKey : a.id.value() < b.id.value();
  }

  void add(TaskEntry task) {
    task.group = this;
    ready.insert(task);
  }

  void remove(TaskEntry task) {
    if (task.readyPosition >= 0) {
      ready.remove(task);
    }
    if (task.parked) {
      task.parked = false;
      parked.remove(task);
    }
    task.group = null;
  }

  void park(TaskEntry task) {
    ready.remove(task);
    task.parked = true;
    parked.add(task);
  }

  void unpark(TaskEntry task) {
    parked.remove(task);
    task.parked = false;
    ready.insert(task);
  }

  @Nullable TaskEntry head() {
    return ready.peek();
  }

  boolean canDispatch() {
    return !ready.isEmpty() && picker.hasRoom();
  }

  boolean isIdle() {
    return ready.isEmpty() && parked.isEmpty();
  }

  int readyCount() {
    return ready.size();
  }
}
