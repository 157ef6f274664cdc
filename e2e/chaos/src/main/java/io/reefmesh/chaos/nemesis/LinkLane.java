package io.reefmesh.chaos.nemesis;

import io.reefmesh.chaos.mesh.MeshTimes;
import io.reefmesh.chaos.mesh.NodeSeat;
import io.reefmesh.chaos.proxy.FaultyProxy;
import io.reefmesh.chaos.proxy.Way;
import java.util.List;
import java.util.SplittableRandom;

/** What can happen between a node and the gateway. */
final class LinkLane extends Lane {

  private final Seats seats;
  private final MeshTimes times;

  LinkLane(
      Seats seats,
      MeshTimes times,
      LanePlan plan,
      FaultLog log,
      Watchtower tower,
      SplittableRandom random) {
    super(
        List.of(
            FaultKind.LINK_CUT,
            FaultKind.LINK_BLACK_HOLE,
            FaultKind.LINK_HALF_OPEN,
            FaultKind.LINK_SLOW,
            FaultKind.LINK_REFUSED),
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
      long injected = System.nanoTime();
      harm(kind, seat.proxy());
      log.note(kind.label() + " begins for " + seat.id());
      if (kind != FaultKind.LINK_CUT) {
        // Sometimes shorter than the gateway waits, sometimes longer.
        last(300, times.lostAfter().toMillis() + 1_500);
      }
      seat.proxy().heal();
      long healed = System.nanoTime();
      healed(kind, seat.id(), injected, healed, tower.linked(seat.id(), "", RECOVERY_LIMIT));
    } finally {
      seat.proxy().heal();
      seats.giveBack(seat);
    }
  }

  private void harm(FaultKind kind, FaultyProxy proxy) {
    switch (kind) {
      case LINK_CUT -> proxy.cut();
      case LINK_BLACK_HOLE -> swallowOrHold(proxy, Way.BOTH);
      case LINK_HALF_OPEN -> swallowOrHold(proxy, random.nextBoolean() ? Way.UP : Way.DOWN);
      case LINK_SLOW -> proxy.slowDown(random.nextInt(20, 300), random.nextInt(2_000, 50_000));
      default -> proxy.refuse();
    }
  }

  private void swallowOrHold(FaultyProxy proxy, Way way) {
    if (random.nextBoolean()) {
      proxy.swallow(way);
    } else {
      proxy.hold(way);
    }
  }
}
