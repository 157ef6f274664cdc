package io.reefmesh.gateway.engine;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the engine, in the order it came. Any thread puts in; one takes out. Putting in
 * never blocks; callers that must be held back ask {@link #size} first, links are held back by
 * their credit.
 */
final class Mailbox<T> {

  private final ConcurrentLinkedQueue<T> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();
  private volatile @Nullable Thread sleeper;

  void put(T item) {
    queue.add(item);
    size.incrementAndGet();
    wake();
  }

  /** Puts several in, in order; others may come in between. */
  void putAll(Collection<T> items) {
    queue.addAll(items);
    size.addAndGet(items.size());
    wake();
  }

  private void wake() {
    Thread waiting = sleeper;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  /** How many wait, about. */
  int size() {
    return size.get();
  }

  /** Moves what waits into a list, at most {@code most}. */
  void drainTo(List<T> into, int most) {
    T item;
    int taken = 0;
    while (taken < most && (item = queue.poll()) != null) {
      into.add(item);
      taken++;
    }
    size.addAndGet(-taken);
  }

  /** Waits until something is there, the time is up, or the thread is interrupted. */
  void await(long nanos) {
    sleeper = Thread.currentThread();
    try {
      if (queue.isEmpty() && nanos > 0) {
        LockSupport.parkNanos(this, nanos);
      }
    } finally {
      sleeper = null;
    }
  }
}
