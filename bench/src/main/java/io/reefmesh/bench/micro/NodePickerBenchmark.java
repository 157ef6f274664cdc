package io.reefmesh.bench.micro;

import io.reefmesh.balancer.NodePickers;
import io.reefmesh.balancer.Strategy;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One choice of a node, and telling the picker what follows from it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init")
public class NodePickerBenchmark {

  /** How nodes are chosen. */
  @Param public Strategy strategy;

  /** Among how many. */
  @Param({"10", "100", "1000", "10000"})
  public int nodes;

  private PickerRound round;

  /** Fills half of the slots. */
  @Setup(Level.Trial)
  public void setUp() {
    round = new PickerRound(NodePickers.create(strategy), nodes);
  }

  /** One pick. */
  @Benchmark
  public int pick() {
    return round.pickOne();
  }
}
