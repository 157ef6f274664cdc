package io.reefmesh.gateway.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.figures.OwnedHistogram;
import io.reefmesh.gateway.figures.TaskFigures;
import io.reefmesh.gateway.link.LinkFigures;
import io.reefmesh.v1.GetMeshResponse;
import java.util.Map;
import java.util.TreeMap;

/** What the gateway's parts count on their own. */
final class GatewayCollector implements MultiCollector {

  private final GatewayMetrics.Parts parts;

  GatewayCollector(GatewayMetrics.Parts parts) {
    this.parts = parts;
  }

  @Override
  public MetricSnapshots collect() {
    Families families = new Families();
    gateway(families);
    tasks(families, parts.taskFigures());
    engine(families, parts.engine());
    links(families, parts.links().figures());
    streams(families);
    return families.toSnapshots();
  }

  private void gateway(Families families) {
    GetMeshResponse constants = parts.constants();
    families
        .gauges(
            "reefmesh_gateway_build",
            "Always 1; the labels say what runs here.",
            Map.of(
                Labels.of(
                    "version", constants.getSoftwareVersion(),
                    "store", constants.getStore(),
                    "strategy", constants.getStrategy()),
                1))
        .gauge(
            "reefmesh_gateway_ready",
            "1 while the gateway takes calls, else 0.",
            parts.health().isReady() ? 1 : 0);
  }

  private void tasks(Families families, TaskFigures figures) {
    Map<String, OwnedHistogram> durations = new TreeMap<>();
    figures.durations().forEach((state, of) -> durations.put(Families.nameOf(state), of));
    families
        .counter(
            "reefmesh_tasks_accepted",
            "Tasks that became durable since the gateway started.",
            parts.engine().figures().acceptedTasks())
        .counters(
            "reefmesh_task_pushes",
            "Pushes of tasks to nodes: the first of a task, or one that follows another.",
            Map.of(
                Labels.of("push", "first"), figures.firstPushes(),
                Labels.of("push", "again"), figures.laterPushes()))
        .histogram(
            "reefmesh_task_wait_seconds",
            "From a task's creation to its first push to a node.",
            figures.waits())
        .histogram(
            "reefmesh_task_run_seconds",
            "From a node's acceptance of a task's last attempt to the outcome.",
            figures.runs())
        .histograms(
            "reefmesh_task_duration_seconds",
            "From a task's creation to its outcome.",
            Families.by("outcome", durations))
        .histogram(
            "reefmesh_task_first_output_seconds",
            "From a task's creation to its first output.",
            parts.feeds().firstOutputs());
  }

  private static void engine(Families families, Engine engine) {
    families
        .gauge(
            "reefmesh_engine_waiting_events",
            "Events that wait for the engine; submissions are refused while 65536 do.",
            engine.waiting())
        .gauge(
            "reefmesh_engine_turn_age_seconds",
            "How long ago the engine last came round; more than a few seconds: it hangs.",
            Math.max(0, engine.clock().nowMillis() - engine.lastTickMillis()) / 1e3)
        .histogram(
            "reefmesh_commit_seconds",
            "How long the engine's commits to the store took.",
            engine.figures().commitTimes())
        .histogram(
            "reefmesh_commit_mutations",
            "How many changes of tasks were made durable by one commit.",
            engine.figures().commitSizes());
  }

  private void links(Families families, LinkFigures figures) {
    families
        .gauge("reefmesh_links", "Open node links.", parts.links().count())
        .counter("reefmesh_link_welcomes", "Node links that were taken in.", figures.welcomes())
        .counter(
            "reefmesh_link_reconnects",
            "Node links of nodes that had been linked before.",
            figures.reconnects())
        .counters(
            "reefmesh_stale_messages",
            "News from nodes about attempts that no longer count.",
            Families.by("message", figures.stale()))
        .counter(
            "reefmesh_outbox_refusals",
            "Assignments that found a link's outbox full and went back to the queue.",
            figures.refusedAssignments());
  }

  private void streams(Families families) {
    families
        .gauge(
            "reefmesh_task_watches",
            "Open streams that follow tasks (WatchTask, RunTask).",
            parts.tasks().openWatches())
        .gauge(
            "reefmesh_submission_streams",
            "Open streams of submissions (SubmitTasks).",
            parts.tasks().openSubmissionStreams())
        .gauge(
            "reefmesh_node_watches",
            "Open calls that follow nodes (WatchNodes, DrainNode with wait).",
            parts.nodeFeed().readerCount())
        .gauge(
            "reefmesh_output_kept_bytes",
            "Output of tasks that is kept for watchers.",
            parts.feeds().keptBytes());
  }
}
