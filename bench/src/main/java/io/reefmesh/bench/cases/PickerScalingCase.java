package io.reefmesh.bench.cases;

import io.reefmesh.balancer.NodePicker;
import io.reefmesh.balancer.NodePickers;
import io.reefmesh.balancer.Strategy;
import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.micro.PickerRound;
import io.reefmesh.bench.report.Result;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Time for one choice of a node, with what follows it: the picker is told that the node has one
 * task more and, later, one less. No process is started.
 */
final class PickerScalingCase implements BenchCase {

  private static final int FEW = 10;
  private static final int MANY = 10_000;
  private static final int ROUNDS = 15;
  private static final int WARM_UP_ROUNDS = 5;
  private static final int PICKS = 200_000;

  @Override
  public String name() {
    return "picker_scaling";
  }

  @Override
  public String about() {
    return "time per pick with 10,000 nodes; limit: with 10; the worst strategy counts";
  }

  @Override
  public Result run(BenchRun bench) {
    Map<String, Object> strategies = new LinkedHashMap<>();
    double worst = 0;
    double few = 0;
    double many = 0;
    for (Strategy strategy : Strategy.values()) {
      double[] nanos = compare(strategy);
      bench
          .progress()
          .say(
              "%s: %.0f ns with %d nodes, %.0f ns with %d"
                  .formatted(strategy.label(), nanos[0], FEW, nanos[1], MANY));
      double ratio = nanos[1] / nanos[0];
      strategies.put(
          strategy.label(), Map.of("ns_10", nanos[0], "ns_10000", nanos[1], "ratio", ratio));
      if (ratio > worst) {
        worst = ratio;
        few = nanos[0];
        many = nanos[1];
      }
    }
    return new Result(name(), many, "ns/pick")
        .against("picker_10_nodes", few, worst)
        .withDetail("strategies", strategies);
  }

  /** Medians, the two sizes in turn, so that noise falls on both. */
  private static double[] compare(Strategy strategy) {
    PickerRound few = new PickerRound(picker(strategy), FEW);
    PickerRound many = new PickerRound(picker(strategy), MANY);
    double[] fewNanos = new double[ROUNDS];
    double[] manyNanos = new double[ROUNDS];
    for (int i = -WARM_UP_ROUNDS; i < ROUNDS; i++) {
      double one = nanosPerPick(few);
      double other = nanosPerPick(many);
      if (i >= 0) {
        fewNanos[i] = one;
        manyNanos[i] = other;
      }
    }
    Arrays.sort(fewNanos);
    Arrays.sort(manyNanos);
    return new double[] {fewNanos[ROUNDS / 2], manyNanos[ROUNDS / 2]};
  }

  private static NodePicker picker(Strategy strategy) {
    return NodePickers.create(strategy);
  }

  private static double nanosPerPick(PickerRound round) {
    long began = System.nanoTime();
    for (int i = 0; i < PICKS; i++) {
      round.pickOne();
    }
    return (System.nanoTime() - began) / (double) PICKS;
  }
}
