package io.reefmesh.testkit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A monotonic clock that moves only when told. Thread-safe. */
public final class FakeClock {

  private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

  /** The time, in nanoseconds from an arbitrary start. */
  public long nanos() {
    return nanos.get();
  }

  /** Moves the time on. */
  public void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }
}
