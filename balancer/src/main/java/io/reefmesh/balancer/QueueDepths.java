package io.reefmesh.balancer;

import com.google.common.collect.Comparators;
import com.google.common.collect.ImmutableList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many tasks are QUEUED, by type and priority, and which of them is the oldest. */
final class QueueDepths {

  /** How many rows a reader gets. */
  private static final int MAX_ROWS = 1_000;

  private static final Comparator<MeshFigures.Depth> DEEPEST_FIRST =
      Comparator.comparingLong(MeshFigures.Depth::queued)
          .reversed()
          .thenComparing(MeshFigures.Depth::type)
          .thenComparingInt(MeshFigures.Depth::priority);

  private record Cell(String type, int priority) {}

  /** The QUEUED tasks of one cell, the oldest first. */
  private static final class Waiting extends IndexedHeap<TaskEntry> {
    @Override
    int position(TaskEntry task) {
      return task.depthPosition;
    }

    @Override
    void setPosition(TaskEntry task, int position) {
      task.depthPosition = position;
    }

    @Override
    boolean before(TaskEntry a, TaskEntry b) {
      return a.id.value() < b.id.value();
    }
  }

  private final Map<Cell, Waiting> cells = new HashMap<>();
  private long total;

  void entered(TaskEntry task) {
    cells.computeIfAbsent(cellOf(task), cell -> new Waiting()).insert(task);
    total++;
  }

  void left(TaskEntry task) {
    Cell cell = cellOf(task);
    Waiting waiting = cells.get(cell);
    if (waiting == null) {
      throw new IllegalStateException("task " + task.id + " was not counted as queued");
    }
    waiting.remove(task);
    total--;
    if (waiting.isEmpty()) {
      cells.remove(cell);
    }
  }

  long total() {
    return total;
  }

  /** Deepest first. Looks at one task of each type and priority, not at all of them. */
  ImmutableList<MeshFigures.Depth> rows() {
    List<MeshFigures.Depth> rows =
        cells.entrySet().stream()
            .map(entry -> row(entry.getKey(), entry.getValue()))
            .collect(Comparators.least(MAX_ROWS, DEEPEST_FIRST));
    return ImmutableList.copyOf(rows);
  }

  private static MeshFigures.Depth row(Cell cell, Waiting waiting) {
    TaskEntry oldest = waiting.peek();
    return new MeshFigures.Depth(
        cell.type(),
        cell.priority(),
        waiting.size(),
        oldest == null ? 0 : oldest.id.createdAtMillis());
  }

  private static Cell cellOf(TaskEntry task) {
    return new Cell(task.terms.requirement().type(), task.terms.priority());
  }
}
