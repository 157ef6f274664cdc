package io.reefmesh.node.work;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a node's attempts. Every attempt gets a thread without waiting for another to end,
 * and a thread that ends one goes on with the next that waits, so a stream of short attempts stays
 * on few threads instead of waking one for each.
 *
 * <p>At most one thread is on its way up at any time: who takes work while more waits, and nobody
 * is on the way, sends for the next one before it begins. Thus work that blocks never holds up what
 * came after it. An idle thread ends after {@value #IDLE_SECONDS} s. Callers bound the number of
 * threads by what they hand in. Thread-safe.
 */
public final class AttemptThreads implements Executor, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AttemptThreads.class);

  private static final long IDLE_SECONDS = 30;

  private final ThreadFactory factory;

  private final Object lock = new Object();

  // Guarded by the lock.

  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

  /** The one that went idle last comes first: it is warm. */
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();

  private boolean oneIsComing;
  private boolean closed;

  /** No thread yet. */
  public AttemptThreads(ThreadFactory factory) {
    this.factory = factory;
  }

  /**
   * Runs work on a thread of its own for as long as it takes; after {@link #close} it is dropped.
   *
   * @throws OutOfMemoryError if there is no thread to be had
   */
  @Override
  public void execute(Runnable work) {
    synchronized (lock) {
      if (closed) {
        return;
      }
      waiting.addLast(work);
      if (!oneIsComing) {
        try {
          sendForOne();
        } catch (RuntimeException | Error e) {
          waiting.removeLast();
          throw e;
        }
      }
    }
  }

  /** Lets the threads end when their work is done. Work that waits for a thread is dropped. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      waiting.clear();
      idle.forEach(worker -> LockSupport.unpark(worker.thread));
      idle.clear();
    }
  }

  /** Whether it takes nothing more. */
  public boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  private void sendForOne() {
    Worker worker = idle.pollFirst();
    if (worker == null) {
      new Worker(factory).thread.start();
    } else {
      worker.called = true;
      LockSupport.unpark(worker.thread);
    }
    oneIsComing = true;
  }

  private final class Worker implements Runnable {

    private final Thread thread;

    /** Guarded by the lock: it is on its way up, and no longer idle. */
    private boolean called;

    Worker(ThreadFactory factory) {
      thread = factory.newThread(this);
    }

    @Override
    public void run() {
      Runnable work = take(true);
      while (work != null || sleep()) {
        if (work != null) {
          work.run();
        }
        work = take(work == null);
      }
    }

    /** What to do next, after sending for another thread if more waits. */
    private @Nullable Runnable take(boolean cameUp) {
      synchronized (lock) {
        if (cameUp) {
          oneIsComing = false;
        }
        Runnable work = waiting.pollFirst();
        if (work == null) {
          if (!closed) {
            called = false;
            idle.addFirst(this);
          }
        } else if (!waiting.isEmpty() && !oneIsComing) {
          sendForAnother();
        }
        return work;
      }
    }

    /** Without a further thread the rest waits for this one, or for who comes next. */
    private void sendForAnother() {
      try {
        sendForOne();
      } catch (OutOfMemoryError e) {
        log.error("there is no thread to be had for {} attempts that wait", waiting.size(), e);
      }
    }

    /** Waits to be called; false: it is not needed any more. */
    private boolean sleep() {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(IDLE_SECONDS);
      while (true) {
        synchronized (lock) {
          if (called) {
            return true;
          }
          if (closed || System.nanoTime() - until >= 0) {
            idle.remove(this);
            return false;
          }
        }
        LockSupport.parkNanos(this, until - System.nanoTime());
      }
    }
  }
}
