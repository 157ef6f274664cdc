package io.reefmesh.bench.micro;

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

/** A task's whole life in the dispatcher: submitted, queued, assigned, accepted, finished. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx3g")
@SuppressWarnings("NullAway.Init")
public class DispatcherBenchmark {

  /** How many tasks wait in the queue. */
  @Param({"0", "1000", "100000", "1000000"})
  public int queued;

  /** Nodes, each with 64 slots. */
  @Param({"10", "1000"})
  public int nodes;

  private DispatcherRound round;

  /** Fills slots and queue. */
  @Setup(Level.Trial)
  public void setUp() {
    round = new DispatcherRound(Strategy.LEAST_CONNECTIONS, nodes, queued);
  }

  /** One life. */
  @Benchmark
  public int life() {
    return round.round();
  }
}
