package io.reefmesh.node.link;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A mailbox with a thread of its own and the machine's monotonic clock. */
public final class ThreadMailbox implements Mailbox {

  private final ScheduledThreadPoolExecutor thread;
  private final long startNanos = System.nanoTime();

  /** Only touched on the thread. */
  private @Nullable Future<?> waiting;

  /** A mailbox whose thread carries this name. */
  public ThreadMailbox(String threadName) {
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = new Thread(task, threadName);
              made.setDaemon(true);
              return made;
            });
    thread.setRemoveOnCancelPolicy(true);
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
  }

  @Override
  public void execute(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      // Closed: see the interface.
    }
  }

  @Override
  public void wakeAt(long atMillis, Runnable task) {
    if (waiting != null) {
      waiting.cancel(false);
    }
    long now = nowMillis();
    long delay = atMillis <= now ? 0 : atMillis - now;
    try {
      waiting = thread.schedule(task, delay, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      waiting = null;
    }
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
