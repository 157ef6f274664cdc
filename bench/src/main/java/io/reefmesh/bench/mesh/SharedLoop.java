package io.reefmesh.bench.mesh;

import io.reefmesh.node.link.Mailbox;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One thread that is the mailbox of very many links. */
final class SharedLoop {

  private final ScheduledThreadPoolExecutor thread;
  private final long startNanos = System.nanoTime();

  SharedLoop(String threadName) {
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread made = new Thread(work, threadName);
              made.setDaemon(true);
              return made;
            });
    thread.setRemoveOnCancelPolicy(true);
  }

  /** The mailbox of one more link. */
  Mailbox mailbox() {
    return new Shared();
  }

  private final class Shared implements Mailbox {
    /** Only touched on the thread. */
    private @Nullable Future<?> waiting;

    /** Only touched on the thread. */
    private long wakesAtMillis = Long.MAX_VALUE;

    private final AtomicInteger pending = new AtomicInteger();
    private volatile boolean closed;

    @Override
    public boolean hasMore() {
      return pending.get() > 0;
    }

    @Override
    public long nowMillis() {
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    @Override
    public void execute(Runnable work) {
      pending.incrementAndGet();
      thread.execute(
          () -> {
            pending.decrementAndGet();
            if (!closed) {
              work.run();
            }
          });
    }

    /** An alarm that is set already is kept: it would come a little early at most. */
    @Override
    public void wakeAt(long atMillis, Runnable work) {
      if (waiting != null && !waiting.isDone() && wakesAtMillis <= atMillis) {
        return;
      }
      if (waiting != null) {
        waiting.cancel(false);
      }
      wakesAtMillis = atMillis;
      waiting =
          thread.schedule(
              () -> {
                waiting = null;
                if (!closed) {
                  work.run();
                }
              },
              Math.max(0, atMillis - nowMillis()),
              TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
