package io.reefmesh.gateway.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands what is read to who takes it, in order. When there is much, the taker gets a thread of its
 * own, so that reading a long queue and rebuilding it take two processors and not one after the
 * other. Whatever the taker did is visible to the caller of {@link #finish} afterwards.
 *
 * <p>Used by one thread; it must be closed.
 */
final class RestoreLine<T> implements AutoCloseable {

  /** Few enough to stay in the processor's cache, enough for the hand-over not to count. */
  private static final int BATCH = 512;

  private static final int BATCHES = 8;
  private static final long LOOK_MILLIS = 50;

  private final Consumer<T> taker;
  private final BlockingQueue<List<T>> full = new ArrayBlockingQueue<>(BATCHES);
  private List<T> filling = new ArrayList<>(BATCH);
  private @Nullable Thread thread;
  private volatile @Nullable Throwable failure;

  RestoreLine(Consumer<T> taker) {
    this.taker = taker;
  }

  /** Puts one in. Throws what the taker threw. */
  void put(T row) {
    filling.add(row);
    if (filling.size() == BATCH) {
      handOver();
    }
  }

  /** Returns when all have been taken. Throws what the taker threw. */
  void finish() {
    if (thread == null) {
      filling.forEach(taker);
      filling.clear();
      return;
    }
    if (!filling.isEmpty()) {
      handOver();
    }
    // An empty one is the end.
    handOver();
    join(thread);
    throwFailure();
  }

  private void handOver() {
    if (thread == null) {
      thread = new Thread(this::take, "reefmesh-restore");
      thread.setDaemon(true);
      thread.start();
    }
    try {
      while (!full.offer(filling, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        throwFailure();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading the store", e);
    }
    filling = new ArrayList<>(BATCH);
  }

  private void take() {
    try {
      for (List<T> batch = full.take(); !batch.isEmpty(); batch = full.take()) {
        batch.forEach(taker);
      }
    } catch (InterruptedException e) {
      // Given up: who reads has failed.
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  private void throwFailure() {
    Throwable thrown = failure;
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
  }

  /** Ends the thread, in case of a failure on either side. */
  @Override
  public void close() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
      join(running);
    }
  }

  private static void join(Thread running) {
    try {
      running.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
