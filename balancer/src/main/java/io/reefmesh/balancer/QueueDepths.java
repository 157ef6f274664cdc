package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many tasks are QUEUED, by type and priority. */
final class QueueDepths {

  /** How many rows a reader gets. */
  private static final int MAX_ROWS = 1_000;

  private record Cell(String type, int priority) {}

  private final Map<Cell, Long> counts = new HashMap<>();

  void entered(TaskEntry task) {
    counts.merge(cellOf(task), 1L, Long::sum);
  }

  void left(TaskEntry task) {
    counts.computeIfPresent(cellOf(task), (cell, count) -> count == 1 ? null : count - 1);
  }

  long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Deepest first. Walks all live tasks for their age. */
  ImmutableList<MeshFigures.Depth> rows(Iterable<TaskEntry> live) {
    Map<Cell, Long> oldest = new HashMap<>();
    for (TaskEntry task : live) {
      if (task.state() == TaskState.QUEUED) {
        oldest.merge(cellOf(task), task.id.createdAtMillis(), Math::min);
      }
    }
    List<MeshFigures.Depth> rows = new ArrayList<>();
    counts.forEach(
        (cell, count) ->
            rows.add(
                new MeshFigures.Depth(
                    cell.type(), cell.priority(), count, oldest.getOrDefault(cell, 0L))));
    rows.sort(
        Comparator.comparingLong(MeshFigures.Depth::queued)
            .reversed()
            .thenComparing(MeshFigures.Depth::type)
            .thenComparingInt(MeshFigures.Depth::priority));
    return ImmutableList.copyOf(rows.subList(0, Math.min(rows.size(), MAX_ROWS)));
  }

  private static Cell cellOf(TaskEntry task) {
    return new Cell(task.terms.requirement().type(), task.terms.priority());
  }
}
