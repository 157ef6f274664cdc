package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/** The ready tasks of one requirement, project and concurrency key. */
final class KeyLane implements CappedLane {

  final ProjectLane lane;
  final String key;
  final Cap cap;
  final TaskHeap tasks;

  /** Its place in its lane; -1: it stands aside. */
  int position = -1;

  boolean aside;

  KeyLane(ProjectLane lane, String key, Cap cap, QueueEffort effort) {
    this.lane = lane;
    this.key = key;
    this.cap = cap;
    this.tasks = new TaskHeap(effort);
  }

  @Nullable TaskEntry head() {
    return tasks.peek();
  }
}
