package io.reefmesh.chaos;

import io.reefmesh.chaos.history.AdoptionRules;
import io.reefmesh.chaos.report.Figures;
import io.reefmesh.chaos.report.RunReport;
import io.reefmesh.chaos.work.Effect;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The gateway is killed again and again with all slots busy and a long queue. */
@Command(
    name = "kills",
    description = "kill -9 of the gateway under full load: how soon does it serve, what is lost?")
final class KillsCommand implements Callable<Integer> {

  private static final Duration SERVING_WITHIN = Duration.ofSeconds(5);
  private static final double ADOPTED_AT_LEAST = 0.99;
  private static final Duration FILL_LIMIT = Duration.ofMinutes(2);
  private static final Duration FOLLOW_LIMIT = Duration.ofSeconds(20);
  private static final int SETTLE_MILLIS = 2_000;
  private static final int DRAIN_SECONDS = 180;

  @Mixin RunOptions options = new RunOptions();

  @Option(names = "--kills", description = "How often. Default: ${DEFAULT-VALUE}.")
  int kills = 50;

  @Option(names = "--nodes", description = "Default: ${DEFAULT-VALUE}.")
  int nodes = 4;

  @Option(names = "--slots", description = "Of each node. Default: ${DEFAULT-VALUE}.")
  int slots = 250;

  @Option(names = "--queued", description = "Tasks that wait. Default: ${DEFAULT-VALUE}.")
  int queued = 10_000;

  @Override
  public Integer call() throws InterruptedException {
    RunReport report = new RunReport();
    ChaosRun run =
        new ChaosRun(
            options, new ChaosRun.Shape(nodes, slots, 512, 160, Duration.ofSeconds(12), 0, false));
    try (KillLoad load = new KillLoad(run, nodes * slots, queued)) {
      run.start();
      load.start();
      KillTimes times = new KillTimes(run);
      for (int kill = 1; kill <= kills; kill++) {
        load.awaitFull(FILL_LIMIT);
        times.killOnce(kill, load);
        run.observer.listAll();
        TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
      }
      load.awaitFull(FILL_LIMIT);
      load.stop();
      release(run);
      run.drain(Duration.ofSeconds(DRAIN_SECONDS));
      load.awaitFollowers(FOLLOW_LIMIT);
      List<Effect> effects = run.check();
      report(run, report, times, effects);
    } catch (RuntimeException e) {
      run.finish(true);
      throw e;
    }
    System.out.println();
    System.out.println(report.text());
    run.write(report.json());
    run.finish(report.failed() > 0);
    System.out.printf("kills: %d passed, %d failed%n", report.passed(), report.failed());
    return report.failed() > 0 ? 1 : 0;
  }

  /** What still runs and waits ends quickly now. */
  private static void release(ChaosRun run) {
    try {
      Files.createFile(run.mesh.plan().release());
    } catch (IOException e) {
      throw new UncheckedIOException("the work cannot be released", e);
    }
  }

  private void report(ChaosRun run, RunReport report, KillTimes times, List<Effect> effects) {
    report.fact("seed", options.seed());
    report.fact("mesh", nodes + " nodes of " + slots + " slots, " + options.times());
    report.fact("kills", kills);
    report.fact("machine", ChaosRun.machine());
    report.fact("tasks", run.history.submissions().size());
    AdoptionRules.Adoption adoption = times.adoption(effects);
    report.fact("running at the kills, together", adoption.running());
    report.fact("of these run again", adoption.again());
    Figures acknowledged =
        report.figures("start of process to first acknowledged submit", times.acknowledged());
    Figures serving = report.figures("start of process to health SERVING", times.serving());
    report.figures("start of process to all nodes linked", times.linked());
    report.figures("kill to first acknowledged submit", times.outage());
    report.check(
        "it took submits again within " + SERVING_WITHIN.toSeconds() + " s, every time",
        acknowledged.count() == kills && acknowledged.max().compareTo(SERVING_WITHIN) <= 0,
        acknowledged.max().toMillis() + " ms at most");
    report.check(
        "its health was SERVING within " + SERVING_WITHIN.toSeconds() + " s, every time",
        serving.count() == kills && serving.max().compareTo(SERVING_WITHIN) <= 0,
        serving.max().toMillis() + " ms at most");
    report.check(
        "99 % of the running tasks were adopted and not run again, every time",
        adoption.running() > 0 && adoption.worst() >= ADOPTED_AT_LEAST,
        "%.2f %% at worst, %.3f %% together"
            .formatted(adoption.worst() * 100, adoption.together() * 100));
    report.rules(Rules.inWords("cancel", "session", "output", "disk-full"), run.findings.all());
  }
}
