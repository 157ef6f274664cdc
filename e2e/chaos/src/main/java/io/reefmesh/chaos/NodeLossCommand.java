package io.reefmesh.chaos;

import io.reefmesh.chaos.report.RunReport;
import io.reefmesh.chaos.work.Effect;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Node loss and nothing else, many times. */
@Command(
    name = "node-loss",
    description = "Kills and freezes nodes under load: how long until their work runs elsewhere?")
final class NodeLossCommand implements Callable<Integer> {

  @Mixin RunOptions options = new RunOptions();

  @Option(names = "--rounds", description = "Default: ${DEFAULT-VALUE}.")
  int rounds = 10;

  @Option(names = "--rate", description = "Tasks per second. Default: ${DEFAULT-VALUE}.")
  double rate = 40;

  @Override
  public Integer call() throws InterruptedException {
    RunReport report = new RunReport();
    ChaosRun run =
        new ChaosRun(
            options,
            new ChaosRun.Shape(8, ChaosCommand.SLOTS, 256, 64, Duration.ofSeconds(12), 0, false));
    try {
      run.start();
      run.calls.phase("node loss");
      run.startCallers(4, rate);
      run.awaitWork();
      NodeLoss loss = new NodeLoss(run);
      for (int i = 1; i <= rounds; i++) {
        ChaosRun.say("round " + i + " of " + rounds);
        loss.round(3, 2);
      }
      run.drain(Duration.ofSeconds(60));
      List<Effect> effects = run.check();
      report.fact("seed", options.seed());
      report.fact("mesh", run.mesh.nodes().size() + " nodes, " + options.times());
      report.fact("machine", ChaosRun.machine());
      report.fact("tasks", run.history.submissions().size());
      report.faults(run.log);
      report.rules(Rules.inWords("disk-full"), run.findings.all());
      loss.report(report, effects);
    } catch (RuntimeException e) {
      run.finish(true);
      throw e;
    }
    System.out.println();
    System.out.println(report.text());
    run.write(report.json());
    run.finish(report.failed() > 0);
    System.out.printf("node-loss: %d passed, %d failed%n", report.passed(), report.failed());
    return report.failed() > 0 ? 1 : 0;
  }
}
