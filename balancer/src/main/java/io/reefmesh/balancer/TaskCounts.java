package io.reefmesh.balancer;

import java.util.EnumMap;
import java.util.Map;

/** How many live tasks are in which state, without looking at them. */
final class TaskCounts {

  private static final TaskState[] STATES = TaskState.values();

  private final long[] counts = new long[STATES.length];

  void entered(TaskState state) {
    counts[state.ordinal()]++;
  }

  void moved(TaskState from, TaskState to) {
    counts[from.ordinal()]--;
    if (!to.isFinal()) {
      entered(to);
    }
  }

  long of(TaskState state) {
    return counts[state.ordinal()];
  }

  /** Those that are not zero. */
  Map<TaskState, Long> byState() {
    Map<TaskState, Long> present = new EnumMap<>(TaskState.class);
    for (TaskState state : STATES) {
      if (of(state) != 0) {
        present.put(state, of(state));
      }
    }
    return present;
  }
}
