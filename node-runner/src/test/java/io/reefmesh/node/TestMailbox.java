package io.reefmesh.node;

import io.reefmesh.node.link.Mailbox;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A mailbox without a thread: the test runs what is in it, and moves its clock. */
final class TestMailbox implements Mailbox {

  private static final long PATIENCE_SECONDS = 20;

  private final LinkedBlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
  private volatile long now = 1_000;
  private volatile boolean closed;
  private long wakeMillis = Long.MAX_VALUE;
  private @Nullable Runnable wake;

  @Override
  public void execute(Runnable task) {
    if (!closed) {
      waiting.add(task);
    }
  }

  @Override
  public long nowMillis() {
    return now;
  }

  @Override
  public boolean hasMore() {
    return !waiting.isEmpty();
  }

  @Override
  public void wakeAt(long atMillis, Runnable task) {
    wakeMillis = atMillis;
    wake = task;
  }

  @Override
  public void close() {
    closed = true;
    wake = null;
    wakeMillis = Long.MAX_VALUE;
  }

  boolean isClosed() {
    return closed;
  }

  /** Runs everything that is there, and what that brings, without moving the clock. */
  void run() {
    Runnable next = waiting.poll();
    while (next != null || isDue()) {
      if (next == null) {
        next = takeWake();
      }
      next.run();
      next = waiting.poll();
    }
  }

  /** Moves the clock, stopping at every wish to be woken on the way. */
  void pass(long millis) {
    long end = now + millis;
    run();
    while (wakeMillis <= end) {
      now = Math.max(now, wakeMillis);
      run();
    }
    now = end;
  }

  /** Runs what comes from other threads until the condition holds; the clock stands still. */
  void runUntil(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    run();
    while (!condition.getAsBoolean()) {
      try {
        Runnable next = waiting.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (next == null) {
          throw new AssertionError("waited in vain: " + what);
        }
        next.run();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      run();
    }
  }

  private boolean isDue() {
    return wake != null && wakeMillis <= now;
  }

  private Runnable takeWake() {
    Runnable due = wake;
    wake = null;
    wakeMillis = Long.MAX_VALUE;
    if (due == null) {
      throw new AssertionError("nothing waits for its time");
    }
    return due;
  }
}
