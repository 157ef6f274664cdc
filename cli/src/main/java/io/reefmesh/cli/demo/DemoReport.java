package io.reefmesh.cli.demo;

import io.reefmesh.cli.output.Durations;
import io.reefmesh.cli.output.TextTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What came out of a demo.
 *
 * @param tasks how many were submitted
 * @param succeeded how many gave the right hash
 * @param killedNode the node that was killed
 * @param moved how many it held when it was killed and others, or its next life, finished
 * @param perNode how many outcomes each node gave
 * @param attempts pushes of tasks to nodes, all told
 * @param p50 of submission to result
 * @param p99 of submission to result
 * @param wall from the first submission to the last result
 * @param faults what is wrong; empty: nothing
 */
record DemoReport(
    int tasks,
    int succeeded,
    String killedNode,
    int moved,
    Map<String, Integer> perNode,
    int attempts,
    Duration p50,
    Duration p99,
    Duration wall,
    List<String> faults) {

  /**
   * Counts it all up.
   *
   * @param tasks how many were submitted
   * @param runs those that ended
   * @param killedIncarnation the process life that was killed
   */
  static DemoReport of(
      int tasks,
      List<TaskRun> runs,
      String killedNode,
      String killedIncarnation,
      Duration wall,
      List<String> otherFaults) {
    List<String> faults = new ArrayList<>(otherFaults);
    Map<String, Integer> perNode = new TreeMap<>();
    int attempts = 0;
    int moved = 0;
    int succeeded = 0;
    for (TaskRun run : runs) {
      attempts += run.task().getAttemptsCount();
      moved += run.movedFrom(killedIncarnation) ? 1 : 0;
      perNode.merge(run.node().isEmpty() ? "none" : run.node(), 1, Integer::sum);
      Optional<String> fault = run.fault();
      fault.ifPresent(faults::add);
      succeeded += fault.isEmpty() ? 1 : 0;
    }
    if (runs.size() < tasks) {
      faults.add(tasks - runs.size() + " of " + tasks + " tasks have no outcome");
    }
    Percentiles nanos = new Percentiles(runs.stream().mapToLong(TaskRun::nanos).toArray());
    return new DemoReport(
        tasks,
        succeeded,
        killedNode,
        moved,
        perNode,
        attempts,
        Duration.ofNanos(nanos.at(50)),
        Duration.ofNanos(nanos.at(99)),
        wall,
        List.copyOf(faults));
  }

  /** Whether every task succeeded with the right hash, and nothing else is wrong. */
  boolean allRight() {
    return faults.isEmpty() && succeeded == tasks;
  }

  /** For people. */
  String table() {
    StringBuilder nodes = new StringBuilder();
    perNode.forEach(
        (node, count) ->
            nodes
                .append(nodes.length() == 0 ? "" : ", ")
                .append(node)
                .append(' ')
                .append(count)
                .append(node.equals(killedNode) ? " (killed, came back)" : ""));
    return new TextTable("DEMO", "")
        .row("tasks", tasks)
        .row("succeeded", succeeded + " (each hash checked)")
        .row("moved from " + killedNode, moved + " (held when it was killed)")
        .row("per node", nodes)
        .row("attempts", attempts)
        .row("submit to result", "p50 " + Durations.show(p50) + ", p99 " + Durations.show(p99))
        .row("wall time", Durations.show(wall))
        .render();
  }

  /** For scripts. */
  Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("ok", allRight());
    facts.put("tasks", tasks);
    facts.put("succeeded", succeeded);
    facts.put("killedNode", killedNode);
    facts.put("moved", moved);
    facts.put("perNode", perNode);
    facts.put("attempts", attempts);
    facts.put("p50Millis", p50.toMillis());
    facts.put("p99Millis", p99.toMillis());
    facts.put("wallMillis", wall.toMillis());
    facts.put("faults", faults);
    return facts;
  }
}
