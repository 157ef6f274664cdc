package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what other threads do. */
final class Eventually {

  private static final long LIMIT_SECONDS = 60;

  private Eventually() {}

  /** Until the condition holds; fails after a minute. */
  static void await(BooleanSupplier condition) throws InterruptedException {
    Semaphore pause = new Semaphore(0);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for %s s", LIMIT_SECONDS).isLessThan(until);
      assertThat(pause.tryAcquire(5, TimeUnit.MILLISECONDS)).isFalse();
    }
  }
}
