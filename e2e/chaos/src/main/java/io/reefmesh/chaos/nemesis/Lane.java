package io.reefmesh.chaos.nemesis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A row of faults, one after the other, in an order and with pauses that the seed decides. Several
 * lanes run at the same time, each on a thread of its own.
 */
abstract class Lane implements Runnable {

  /** Longer than this and the mesh does not recover. */
  static final Duration RECOVERY_LIMIT = Duration.ofSeconds(45);

  private static final int SHORTEST_PAUSE_MILLIS = 200;

  final FaultLog log;
  final Watchtower tower;
  final SplittableRandom random;
  private final LanePlan plan;
  private final List<FaultKind> kinds;

  Lane(
      List<FaultKind> kinds,
      LanePlan plan,
      FaultLog log,
      Watchtower tower,
      SplittableRandom random) {
    this.kinds = kinds.stream().filter(kind -> !log.skipped().containsKey(kind)).toList();
    this.plan = plan;
    this.log = log;
    this.tower = tower;
    this.random = random;
  }

  /** Does one fault, heals it, and waits for the recovery. */
  abstract void strike(FaultKind kind) throws InterruptedException;

  @Override
  public final void run() {
    long end = System.nanoTime() + plan.duration().toNanos();
    try {
      int rounds = 0;
      while (rounds < plan.rounds() || System.nanoTime() < end) {
        for (FaultKind kind : shuffled()) {
          if (rounds >= plan.rounds() && System.nanoTime() >= end) {
            return;
          }
          TimeUnit.MILLISECONDS.sleep(
              random.nextInt(SHORTEST_PAUSE_MILLIS, (int) plan.longestPause().toMillis()));
          strike(kind);
        }
        rounds++;
        if (kinds.isEmpty()) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<FaultKind> shuffled() {
    List<FaultKind> order = new ArrayList<>(kinds);
    Collections.shuffle(order, new Random(random.nextLong()));
    return order;
  }

  /** Keeps the fault as it is for a while. */
  final void last(long shortestMillis, long longestMillis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(random.nextLong(shortestMillis, longestMillis + 1));
  }

  /**
   * Logs a fault that was healed.
   *
   * @param fromNanos when its recovery began
   * @param well when the mesh was well again; empty: not in time
   */
  final void healed(
      FaultKind kind, String target, long injectedNanos, long fromNanos, Optional<Long> well) {
    if (well.isPresent()) {
      long nanos = Math.max(0, well.get() - fromNanos);
      log.add(kind, target, injectedNanos, fromNanos, Duration.ofNanos(nanos));
    } else {
      log.add(kind, target, injectedNanos, fromNanos, RECOVERY_LIMIT);
      log.neverRecovered(kind, target, RECOVERY_LIMIT);
    }
  }
}
