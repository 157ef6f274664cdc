package io.reefmesh.balancer;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** How many live tasks are in which state, without looking at them. */
final class TaskCounts {

  private final Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);

  void entered(TaskState state) {
    counts.merge(state, 1L, Long::sum);
  }

  void moved(TaskState from, TaskState to) {
    counts.computeIfPresent(from, (state, count) -> count == 1 ? null : count - 1);
    if (!to.isFinal()) {
      entered(to);
    }
  }

  long of(TaskState state) {
    return counts.getOrDefault(state, 0L);
  }

  /** Those that are not zero; a live view. */
  Map<TaskState, Long> byState() {
    return Collections.unmodifiableMap(counts);
  }
}
