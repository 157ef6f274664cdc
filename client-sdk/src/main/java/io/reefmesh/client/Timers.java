package io.reefmesh.client;

import java.time.Duration;

/** Time, as this SDK needs it: a clock for differences, and one-shot timers. Thread-safe. */
interface Timers extends AutoCloseable {

  /** A timer that has been set. */
  interface Timer {
    /** It will not fire, unless it already has. */
    void cancel();
  }

  /** Nanoseconds since some fixed moment. */
  long nanoTime();

  /** Runs the action once after the delay, unless cancelled or closed before. It must be short. */
  Timer schedule(Duration delay, Runnable action);

  /** No timer fires any more. */
  @Override
  void close();
}
