package io.reefmesh.gateway.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.reefmesh.balancer.MeshFigures;
import io.reefmesh.balancer.NodeState;
import io.reefmesh.balancer.TaskState;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Queue, tasks, nodes and slots, as the engine counts them. When it does not answer, there is
 * nothing of these.
 */
final class MeshCollector implements MultiCollector {

  private final Supplier<Optional<MeshFigures>> look;
  private final LongSupplier nowMillis;

  /** Guarded by this. */
  private final QueueRows rows = new QueueRows();

  MeshCollector(Supplier<Optional<MeshFigures>> look, LongSupplier nowMillis) {
    this.look = look;
    this.nowMillis = nowMillis;
  }

  @Override
  public MetricSnapshots collect() {
    return look.get().map(this::families).orElseGet(MetricSnapshots::new);
  }

  private MetricSnapshots families(MeshFigures figures) {
    Families families = new Families();
    queue(families, figures);
    tasks(families, figures.tasks());
    nodes(families, figures);
    affinity(families, figures.affinity());
    return families.toSnapshots();
  }

  private synchronized void queue(Families families, MeshFigures figures) {
    QueueRows.Rows queue = rows.of(figures.queue(), nowMillis.getAsLong());
    families
        .gauges("reefmesh_queue_tasks", "Tasks that wait, by type and priority.", queue.queued())
        .gauges(
            "reefmesh_queue_oldest_age_seconds",
            "How long ago the oldest task that waits was created; 0: none waits.",
            queue.oldestAgeSeconds());
  }

  private static void tasks(Families families, Map<TaskState, Long> tasks) {
    Map<String, Long> live = new TreeMap<>();
    Map<String, Long> outcomes = new TreeMap<>();
    for (TaskState state : TaskState.values()) {
      (state.isFinal() ? outcomes : live)
          .put(Families.nameOf(state), tasks.getOrDefault(state, 0L));
    }
    families
        .gauges("reefmesh_tasks", "Tasks without an outcome.", Families.by("state", live))
        .counters(
            "reefmesh_tasks_ended",
            "Tasks that got their outcome since the gateway started.",
            Families.by("outcome", outcomes));
  }

  private static void nodes(Families families, MeshFigures figures) {
    Map<String, Integer> nodes = new TreeMap<>();
    for (NodeState state : NodeState.values()) {
      nodes.put(Families.nameOf(state), figures.nodes().getOrDefault(state, 0));
    }
    families
        .gauges("reefmesh_nodes", "Nodes, by state.", Families.by("state", nodes))
        .gauge("reefmesh_slots", "Slots of all linked nodes.", figures.slots())
        .gauge(
            "reefmesh_slots_used",
            "Slots taken by attempts, or held until ended work has stopped.",
            figures.slotsUsed());
  }

  private static void affinity(Families families, MeshFigures.Affinity affinity) {
    families
        .counters(
            "reefmesh_session_affinity_pushes",
            "Pushes of tasks whose session prefers a node: to that node (hit) or elsewhere (miss).",
            Map.of(
                Labels.of("result", "hit"), affinity.hits(),
                Labels.of("result", "miss"), affinity.misses()))
        .counter(
            "reefmesh_session_affinity_waits",
            "Tasks that waited for their session's node.",
            affinity.waits())
        .counter(
            "reefmesh_session_affinity_wait_seconds",
            "How long tasks waited for their session's node, all together.",
            affinity.waitedMillis() / 1e3);
  }
}
