package io.reefmesh.chaos.nemesis;

import io.reefmesh.chaos.client.Caller;
import io.reefmesh.chaos.proxy.FaultyProxy;
import io.reefmesh.chaos.proxy.Way;
import io.reefmesh.client.MeshException;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** What can happen between a client and the gateway. */
final class ClientLane extends Lane {

  private final List<Caller> callers;

  ClientLane(
      List<Caller> callers,
      LanePlan plan,
      FaultLog log,
      Watchtower tower,
      SplittableRandom random) {
    super(
        List.of(FaultKind.CLIENT_CUT, FaultKind.CLIENT_BLACK_HOLE, FaultKind.CLIENT_SLOW),
        plan,
        log,
        tower,
        random);
    this.callers = List.copyOf(callers);
  }

  @Override
  void strike(FaultKind kind) throws InterruptedException {
    Caller caller = callers.get(random.nextInt(callers.size()));
    FaultyProxy proxy = caller.proxy();
    long injected = System.nanoTime();
    try {
      switch (kind) {
        case CLIENT_CUT -> proxy.cut();
        case CLIENT_BLACK_HOLE -> blackHole(proxy);
        default -> proxy.slowDown(random.nextInt(10, 200), random.nextInt(5_000, 100_000));
      }
      if (kind != FaultKind.CLIENT_CUT) {
        last(500, 7_000);
      }
    } finally {
      proxy.heal();
    }
    long healed = System.nanoTime();
    healed(kind, caller.name(), injected, healed, answered(caller));
  }

  private void blackHole(FaultyProxy proxy) {
    List<Way> ways = List.of(Way.values());
    Way way = ways.get(random.nextInt(ways.size()));
    if (random.nextBoolean()) {
      proxy.swallow(way);
    } else {
      proxy.hold(way);
    }
  }

  /** The client's own call, with its own retries: what its user would see. */
  private static Optional<Long> answered(Caller caller) {
    long end = System.nanoTime() + RECOVERY_LIMIT.toNanos();
    while (System.nanoTime() < end) {
      try {
        caller.client().fleet().mesh();
        return Optional.of(System.nanoTime());
      } catch (MeshException e) {
        // Once more.
      }
    }
    return Optional.empty();
  }
}
