package io.reefmesh.gateway.figures;

import java.util.concurrent.atomic.AtomicLong;

/** A counter that one thread raises, at the cost of a plain addition, and any thread may read. */
public final class OwnedCounter {

  private final AtomicLong value = new AtomicLong();

  /** Counts one more. */
  public void increment() {
    value.lazySet(value.getPlain() + 1);
  }

  /** How many there have been. */
  public long value() {
    return value.get();
  }
}
