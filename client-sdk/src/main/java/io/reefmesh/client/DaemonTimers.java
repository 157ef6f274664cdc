package io.reefmesh.client;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Real time, and one daemon thread that is started with the first timer. */
final class DaemonTimers implements Timers {

  private static final Timer NEVER = () -> {};

  private final ScheduledThreadPoolExecutor executor;

  DaemonTimers() {
    executor = new ScheduledThreadPoolExecutor(1, DaemonTimers::thread);
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Timer schedule(Duration delay, Runnable action) {
    try {
      ScheduledFuture<?> timer = executor.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> timer.cancel(false);
    } catch (RejectedExecutionException e) {
      return NEVER; // closed: whoever waits for this is being told so
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }

  /** Whether the thread has ended, waiting for it as long as told. */
  boolean awaitStopped(Duration atMost) throws InterruptedException {
    return executor.awaitTermination(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "reefmesh-client-timer");
    thread.setDaemon(true);
    return thread;
  }
}
