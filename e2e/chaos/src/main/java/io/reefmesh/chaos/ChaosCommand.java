package io.reefmesh.chaos;

import io.reefmesh.chaos.client.CallCounter.Count;
import io.reefmesh.chaos.history.Outcome;
import io.reefmesh.chaos.nemesis.FaultKind;
import io.reefmesh.chaos.nemesis.LanePlan;
import io.reefmesh.chaos.nemesis.Nemesis;
import io.reefmesh.chaos.nemesis.Seats;
import io.reefmesh.chaos.report.RunReport;
import io.reefmesh.chaos.work.Effect;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole run: node loss alone, all faults at once, rolling restarts, drain, check. */
@Command(name = "run", description = "All faults at once, then a check of every promise.")
final class ChaosCommand implements Callable<Integer> {

  private static final int LEAST_OF_EACH = 5;
  private static final double ROLLING_RATIO = 0.999;
  private static final int CALLERS = 4;

  /** Enough that the nodes left over never are the bottleneck. */
  static final int SLOTS = 32;

  private static final String FAULTS = "faults";
  private static final String LOSS = "node loss";
  private static final String ROLLING = "rolling restarts";

  @Mixin RunOptions options = new RunOptions();

  @Option(
      names = "--fault-seconds",
      description = "How long all faults rage. Default: ${DEFAULT-VALUE}.")
  int faultSeconds = 105;

  @Option(
      names = "--rolling-seconds",
      description = "How long nodes are restarted in turn. Default: ${DEFAULT-VALUE}.")
  int rollingSeconds;

  @Option(names = "--loss-rounds", description = "Rounds of node loss. Default: ${DEFAULT-VALUE}.")
  int lossRounds = 1;

  @Option(names = "--nodes", description = "Default: ${DEFAULT-VALUE}.")
  int nodes = 8;

  @Option(names = "--rate", description = "Tasks per second. Default: ${DEFAULT-VALUE}.")
  double rate = 40;

  @Option(names = "--drain-seconds", description = "Default: ${DEFAULT-VALUE}.")
  int drainSeconds = 60;

  @Option(names = "--disk-megabytes", description = "Default: ${DEFAULT-VALUE}.")
  int diskMegabytes = 192;

  @Override
  public Integer call() throws InterruptedException {
    RunReport report = new RunReport();
    long began = System.nanoTime();
    ChaosRun run =
        new ChaosRun(
            options,
            new ChaosRun.Shape(nodes, SLOTS, 256, 64, Duration.ofSeconds(12), diskMegabytes, true));
    try {
      run.start();
      live(run, report);
    } catch (RuntimeException e) {
      run.findings.add("process", "the run broke off: " + e);
      run.finish(true);
      throw e;
    }
    report.fact("seconds", (System.nanoTime() - began) / 1_000_000_000);
    System.out.println();
    System.out.println(report.text());
    run.write(report.json());
    run.finish(report.failed() > 0);
    System.out.printf("chaos: %d passed, %d failed%n", report.passed(), report.failed());
    return report.failed() > 0 ? 1 : 0;
  }

  private void live(ChaosRun run, RunReport report) throws InterruptedException {
    run.calls.phase(LOSS);
    run.startCallers(CALLERS, rate);
    run.awaitWork();
    NodeLoss loss = new NodeLoss(run);
    for (int i = 0; i < lossRounds; i++) {
      ChaosRun.say("three nodes are killed, then two frozen");
      loss.round(3, 2);
    }
    run.calls.phase(FAULTS);
    ChaosRun.say("all faults at once");
    rage(run);
    int restarts = 0;
    if (rollingSeconds > 0) {
      run.calls.phase(ROLLING);
      ChaosRun.say("rolling restarts of nodes");
      run.log.note("rolling restarts begin");
      restarts = new RollingRestarts(run).goOn(Duration.ofSeconds(rollingSeconds));
    }
    run.drain(Duration.ofSeconds(drainSeconds));
    List<Effect> effects = run.check();
    report(run, report, effects);
    loss.report(report, effects);
    if (rollingSeconds > 0) {
      rolling(run, report, restarts);
    }
  }

  private void rage(ChaosRun run) throws InterruptedException {
    Nemesis.Surroundings around =
        new Nemesis.Surroundings(
            run.mesh,
            run.callers,
            new Seats(run.mesh.nodes()),
            run.disk,
            run.tower,
            run.history,
            run.log,
            run.findings);
    new Nemesis(around, run.random.split())
        .rage(
            new LanePlan(
                LEAST_OF_EACH, Duration.ofSeconds(faultSeconds), Duration.ofMillis(1_500)));
  }

  private void report(ChaosRun run, RunReport report, List<Effect> effects) {
    report.fact("seed", options.seed());
    report.fact("mesh", nodes + " nodes, " + options.times());
    report.fact("machine", ChaosRun.machine());
    report.fact("tasks", run.history.submissions().size());
    report.fact("attempts that ran", effects.stream().map(Effect::token).distinct().count());
    report.fact("ended", states(run));
    report.fact(
        "sights of outcomes",
        run.history.outcomes().values().stream().mapToLong(Outcome::sights).sum());
    report.fact("success of calls", ratios(run));
    report.fact("failed calls", run.calls.reasons());
    report.faults(run.log);
    report.rules(Rules.inWords(), run.findings.all());
    for (FaultKind kind : FaultKind.values()) {
      if (!run.log.skipped().containsKey(kind)) {
        long count = run.log.count(kind);
        report.check(kind.label(), count >= LEAST_OF_EACH, count + " times");
      }
    }
  }

  private static Map<String, Long> states(ChaosRun run) {
    return run.history.outcomes().values().stream()
        .map(Outcome::task)
        .collect(
            Collectors.groupingBy(
                task ->
                    task.getState().name().replace("TASK_STATE_", "").toLowerCase(Locale.ROOT)
                        + (task.hasFailure() ? " " + task.getFailure().getCode() : ""),
                TreeMap::new,
                Collectors.counting()));
  }

  private static Map<String, String> ratios(ChaosRun run) {
    Map<String, String> ratios = new TreeMap<>();
    run.calls.counts().keySet().forEach(phase -> ratios.put(phase, ratio(run.calls.total(phase))));
    return ratios;
  }

  private static String ratio(Count count) {
    return "%.3f %% of %d".formatted(count.ratio() * 100, count.succeeded() + count.failed());
  }

  private static void rolling(ChaosRun run, RunReport report, int restarts) {
    Count count = run.calls.total(ROLLING);
    report.check(
        "client calls succeed under rolling restarts of nodes, 99.9 % at least",
        count.ratio() >= ROLLING_RATIO && restarts > 0,
        ratio(count) + ", " + restarts + " restarts");
  }
}
