package io.reefmesh.node.link;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mailbox with a thread of its own and the machine's monotonic clock. */
public final class ThreadMailbox implements Mailbox {

  private static final Logger log = LoggerFactory.getLogger(ThreadMailbox.class);

  private static final long NEVER = Long.MAX_VALUE;

  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private final long startNanos = System.nanoTime();
  private final Thread thread;
  private volatile boolean asleep;
  private volatile boolean closed;

  /** Both only touched on the thread. */
  private long wakeMillis = NEVER;

  private @Nullable Runnable wake;

  private ThreadMailbox(String threadName) {
    thread = new Thread(this::run, threadName);
    thread.setDaemon(true);
  }

  /** A mailbox whose thread carries this name, and runs. */
  public static ThreadMailbox start(String threadName) {
    ThreadMailbox mailbox = new ThreadMailbox(threadName);
    mailbox.thread.start();
    return mailbox;
  }

  @Override
  public long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
  }

  @Override
  public void execute(Runnable task) {
    if (!closed) {
      waiting.add(task);
      if (asleep) {
        LockSupport.unpark(thread);
      }
    }
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
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      Runnable next = waiting.poll();
      if (next == null) {
        next = takeDue();
      }
      if (next == null) {
        sleep();
      } else {
        runGuarded(next);
      }
    }
    waiting.clear();
  }

  private @Nullable Runnable takeDue() {
    if (wakeMillis == NEVER || nowMillis() < wakeMillis) {
      return null;
    }
    Runnable due = wake;
    wakeMillis = NEVER;
    wake = null;
    return due;
  }

  /** Whoever puts something in either sees that the thread sleeps, or is seen before it does. */
  private void sleep() {
    asleep = true;
    try {
      if (waiting.isEmpty() && !closed) {
        if (wakeMillis == NEVER) {
          LockSupport.park(this);
        } else {
          LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(wakeMillis - nowMillis()));
        }
      }
    } finally {
      asleep = false;
    }
  }

  private static void runGuarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.error("work for the link failed", e);
    }
  }
}
