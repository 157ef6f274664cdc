package io.reefmesh.chaos.nemesis;

import io.reefmesh.chaos.mesh.GatewaySeat;
import io.reefmesh.chaos.mesh.WallClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The gateway's wall clock. A lane of its own, so that it also starts anew while its clock is
 * wrong.
 */
final class ClockLane extends Lane {

  private static final int FARTHEST_BACK_SECONDS = 24 * 3_600;

  /** Short of the shortest timeout: a clock that is taken at its word at a start ends no task. */
  private static final int FARTHEST_AHEAD_SECONDS = 20 * 60;

  private final GatewaySeat gateway;

  ClockLane(
      GatewaySeat gateway, LanePlan plan, FaultLog log, Watchtower tower, SplittableRandom random) {
    super(List.of(FaultKind.GATEWAY_CLOCK), plan, log, tower, random);
    this.gateway = gateway;
  }

  @Override
  void strike(FaultKind kind) throws InterruptedException {
    WallClock clock = gateway.clock().orElseThrow();
    int seconds =
        random.nextBoolean()
            ? -random.nextInt(1, FARTHEST_BACK_SECONDS)
            : random.nextInt(1, FARTHEST_AHEAD_SECONDS);
    long injected = System.nanoTime();
    log.note("the gateway's clock jumps by " + Duration.ofSeconds(seconds));
    clock.set(Duration.ofSeconds(seconds));
    Optional<Long> well;
    try {
      well = tower.firstAcknowledged(RECOVERY_LIMIT);
      last(500, 8_000);
    } finally {
      clock.set(Duration.ZERO);
    }
    healed(kind, "gateway", injected, injected, well);
  }
}
