package io.reefmesh.client;

import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;

/** Time that stands still until a test moves it; timers fire on the test's thread. */
final class FakeTimers implements Timers {

  private record Set(long atNanos, long order, Runnable action) {}

  private final PriorityQueue<Set> timers =
      new PriorityQueue<>(Comparator.comparingLong(Set::atNanos).thenComparingLong(Set::order));
  private long nowNanos;
  private long order;

  @Override
  public synchronized long nanoTime() {
    return nowNanos;
  }

  @Override
  public synchronized Timer schedule(Duration delay, Runnable action) {
    Set set = new Set(nowNanos + delay.toNanos(), order++, action);
    timers.add(set);
    return () -> cancel(set);
  }

  @Override
  public synchronized void close() {
    timers.clear();
  }

  synchronized int pending() {
    return timers.size();
  }

  /** Time until the next timer fires. */
  synchronized Duration untilNext() {
    Set next = timers.element();
    return Duration.ofNanos(next.atNanos() - nowNanos);
  }

  /** Moves time on, firing what falls due on the way in its order. */
  void advance(Duration by) {
    long end = nanoTime() + by.toNanos();
    for (Optional<Set> due = takeDue(end); due.isPresent(); due = takeDue(end)) {
      due.get().action().run();
    }
    synchronized (this) {
      nowNanos = end;
    }
  }

  private synchronized Optional<Set> takeDue(long endNanos) {
    Set next = timers.peek();
    if (next == null || next.atNanos() > endNanos) {
      return Optional.empty();
    }
    timers.remove(next);
    nowNanos = next.atNanos();
    return Optional.of(next);
  }

  private synchronized void cancel(Set set) {
    timers.remove(set);
  }
}
