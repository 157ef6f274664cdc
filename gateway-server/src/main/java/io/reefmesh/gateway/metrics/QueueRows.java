package io.reefmesh.gateway.metrics;

import io.prometheus.metrics.model.snapshots.Labels;
import io.reefmesh.balancer.MeshFigures;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The queue by type and priority, with a bound on types. What was seen once is shown again as 0
 * when nothing of it waits: a series that vanishes would keep its last value for a while. Not
 * thread-safe.
 */
final class QueueRows {

  /** With ten priorities each, this makes some 500 series. */
  static final int MAX_TYPES = 50;

  private record Cell(String type, int priority) {
    Labels labels() {
      return Labels.of("priority", Integer.toString(priority), "type", type);
    }
  }

  /** What was last read. */
  record Rows(Map<Labels, Long> queued, Map<Labels, Double> oldestAgeSeconds) {}

  private final BoundedNames types = new BoundedNames(MAX_TYPES);
  private final Map<Cell, long[]> cells = new HashMap<>();

  /** The rows of this moment. */
  Rows of(List<MeshFigures.Depth> depths, long nowMillis) {
    Map<Labels, Long> queued = new HashMap<>();
    Map<Labels, Double> ages = new HashMap<>();
    cells.replaceAll((cell, values) -> new long[2]);
    for (MeshFigures.Depth depth : depths) {
      long[] values =
          cells.computeIfAbsent(
              new Cell(types.of(depth.type()), depth.priority()), cell -> new long[2]);
      values[0] += depth.queued();
      values[1] = Math.max(values[1], nowMillis - depth.oldestAtMillis());
    }
    cells.forEach(
        (cell, values) -> {
          queued.put(cell.labels(), values[0]);
          ages.put(cell.labels(), values[1] / 1e3);
        });
    return new Rows(queued, ages);
  }
}
