package io.reefmesh.chaos.nemesis;

import io.reefmesh.chaos.mesh.MeshTimes;
import io.reefmesh.chaos.mesh.NodeSeat;
import io.reefmesh.chaos.mesh.WallClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** What can happen to a node's process and to its clock. */
final class NodeLane extends Lane {

  /** A killed node stays away for longer than its grace, so that its work has to move. */
  private static final int AWAY_MILLIS = 1_500;

  private static final int FARTHEST_JUMP_SECONDS = 10 * 24 * 3_600;

  private final Seats seats;
  private final MeshTimes times;

  NodeLane(
      Seats seats,
      MeshTimes times,
      LanePlan plan,
      FaultLog log,
      Watchtower tower,
      SplittableRandom random) {
    super(
        List.of(
            FaultKind.NODE_KILL, FaultKind.NODE_PAUSE, FaultKind.NODE_FREEZE, FaultKind.NODE_CLOCK),
        plan,
        log,
        tower,
        random);
    this.seats = seats;
    this.times = times;
  }

  @Override
  void strike(FaultKind kind) throws InterruptedException {
    NodeSeat seat = seats.take(random);
    try {
      switch (kind) {
        case NODE_KILL -> kill(seat);
        case NODE_PAUSE -> freeze(kind, seat, 300, times.silentAfter().toMillis() * 3 / 4);
        case NODE_FREEZE -> {
          long lost = times.lostAfter().toMillis();
          freeze(kind, seat, lost + 500, lost + 2_000);
        }
        default -> jump(seat);
      }
    } finally {
      seats.giveBack(seat);
    }
  }

  private void kill(NodeSeat seat) throws InterruptedException {
    long injected = System.nanoTime();
    log.note("kill -9 " + seat.id() + " life " + seat.life());
    seat.process().kill();
    TimeUnit.MILLISECONDS.sleep(times.grace().toMillis() + AWAY_MILLIS);
    long restarted = System.nanoTime();
    seat.start();
    String incarnation = seat.awaitReady();
    healed(
        FaultKind.NODE_KILL,
        seat.id(),
        injected,
        restarted,
        tower.linked(seat.id(), incarnation, RECOVERY_LIMIT));
  }

  private void freeze(FaultKind kind, NodeSeat seat, long shortest, long longest)
      throws InterruptedException {
    long injected = System.nanoTime();
    log.note("freeze " + seat.id() + " life " + seat.life());
    seat.process().freeze();
    try {
      last(shortest, longest);
    } finally {
      seat.process().thaw();
    }
    long thawed = System.nanoTime();
    healed(kind, seat.id(), injected, thawed, tower.linked(seat.id(), "", RECOVERY_LIMIT));
  }

  private void jump(NodeSeat seat) throws InterruptedException {
    WallClock clock = seat.clock().orElseThrow();
    Duration ahead =
        Duration.ofSeconds(random.nextInt(-FARTHEST_JUMP_SECONDS, FARTHEST_JUMP_SECONDS));
    long injected = System.nanoTime();
    log.note("the clock of " + seat.id() + " jumps by " + ahead);
    clock.set(ahead);
    Optional<Long> well;
    try {
      last(500, 3_000);
      well = tower.isLinked(seat.id(), "") ? Optional.of(injected) : Optional.empty();
      if (well.isEmpty()) {
        well = tower.linked(seat.id(), "", RECOVERY_LIMIT);
      }
    } finally {
      clock.set(Duration.ZERO);
    }
    healed(FaultKind.NODE_CLOCK, seat.id(), injected, injected, well);
  }
}
