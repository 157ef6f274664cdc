package io.reefmesh.bench;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * What a run was asked for.
 *
 * @param target a gateway that runs already; empty: one of our own
 * @param payloadBytes of a task, and of its result
 * @param nodes how many node processes
 * @param slots of each
 * @param clients how many connections drive the load
 * @param inFlight tasks under way in closed loops; empty: as the case has it
 * @param ratePerSecond of open loops
 * @param measured how long is measured
 * @param warmUp what comes before
 * @param limits whether the limits are measured as well
 * @param sdk whether unary tasks go through the client library rather than the generated stubs
 * @param unary whether tasks at a fixed rate are submitted one by one, rather than by a stream
 * @param fleet how many nodes the case with many of them has
 * @param backlog how many tasks the case with many of them queues
 */
public record BenchOptions(
    String target,
    int payloadBytes,
    int nodes,
    int slots,
    int clients,
    OptionalInt inFlight,
    double ratePerSecond,
    Duration measured,
    Duration warmUp,
    boolean limits,
    boolean sdk,
    boolean unary,
    int fleet,
    int backlog) {

  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** How long a limit is measured, before and after its case. */
  public Duration limitMeasured() {
    Duration half = measured.dividedBy(2);
    return half.compareTo(SHORTEST) < 0 ? SHORTEST : half;
  }

  /** How long a limit warms up: it is much less code than the mesh. */
  public Duration limitWarmUp() {
    return warmUp.multipliedBy(3).dividedBy(5);
  }
}
