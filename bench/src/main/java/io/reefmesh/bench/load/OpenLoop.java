package io.reefmesh.bench.load;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Starts operations at a fixed rate, whatever becomes of them. Every latency counts from the time
 * at which the operation was meant to start: when the system or this loop stalls, those that had to
 * wait behind the stall show it (no coordinated omission). An operation that has not ended some
 * seconds after the last one started counts as failed, and with the time it waited.
 */
public final class OpenLoop {

  /** More operations than this under way are not started, and count as failed. */
  private static final long MAX_UNDER_WAY = 500_000;

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Operation operation;
  private final Pace pace;
  private final Latencies latencies = new Latencies();
  private final AtomicLong underWay = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>();

  /** Those that count and have not ended, as far as anybody looked. Owned by the running thread. */
  private final ArrayDeque<One> waiting = new ArrayDeque<>();

  /** Over an operation. */
  public OpenLoop(Operation operation) {
    this(operation, Pace.REAL);
  }

  OpenLoop(Operation operation, Pace pace) {
    this.operation = operation;
    this.pace = pace;
  }

  /**
   * Runs it on this thread.
   *
   * @param perSecond the rate
   * @param warmUp operations meant to start in this time do not count
   * @param measured operations meant to start in this time do
   */
  public Figures run(double perSecond, Duration warmUp, Duration measured, Window window) {
    double everyNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    long warm = Math.round(warmUp.toNanos() / everyNanos);
    long all = warm + Math.max(1, Math.round(measured.toNanos() / everyNanos));
    long beganNanos = pace.nanos();
    for (long i = 0; i < all; i++) {
      long intended = beganNanos + Math.round(i * everyNanos);
      pace.until(intended);
      if (i == warm) {
        window.begins();
      }
      start(intended, i >= warm);
    }
    pace.until(beganNanos + Math.round(all * everyNanos));
    window.ends();
    awaitRest();
    return new Figures(
        (all - warm) * everyNanos / TimeUnit.SECONDS.toNanos(1),
        done.get(),
        failed.get(),
        firstFailure.get(),
        latencies.take());
  }

  private void start(long intendedNanos, boolean counts) {
    One one = new One(intendedNanos, counts);
    if (underWay.incrementAndGet() > MAX_UNDER_WAY) {
      one.failed("more than " + MAX_UNDER_WAY + " operations were under way");
      return;
    }
    if (counts) {
      forgetEnded();
      waiting.add(one);
    }
    operation.start(intendedNanos, one);
  }

  private void forgetEnded() {
    One first;
    while ((first = waiting.peekFirst()) != null && first.ended.get()) {
      waiting.removeFirst();
    }
  }

  private void awaitRest() {
    long until = pace.nanos() + PATIENCE.toNanos();
    One first;
    while ((first = waiting.peekFirst()) != null) {
      if (first.ended.get()) {
        waiting.removeFirst();
      } else if (pace.nanos() - until >= 0) {
        first.giveUp();
      } else {
        pace.until(pace.nanos() + LOOK_NANOS);
      }
    }
  }

  private final class One implements Outcome {
    private final long intendedNanos;
    private final boolean counts;
    private final AtomicBoolean ended = new AtomicBoolean();

    One(long intendedNanos, boolean counts) {
      this.intendedNanos = intendedNanos;
      this.counts = counts;
    }

    @Override
    public void done(long endNanos) {
      if (end() && counts) {
        latencies.record(endNanos - intendedNanos);
        done.incrementAndGet();
      }
    }

    @Override
    public void failed(String why) {
      if (end() && counts) {
        failed.incrementAndGet();
        firstFailure.compareAndSet(null, why);
      }
    }

    void giveUp() {
      if (end()) {
        latencies.record(pace.nanos() - intendedNanos);
        failed.incrementAndGet();
        firstFailure.compareAndSet(
            null, "no outcome " + PATIENCE.toSeconds() + " s after the last operation started");
      }
    }

    private boolean end() {
      if (!ended.compareAndSet(false, true)) {
        return false;
      }
      underWay.decrementAndGet();
      return true;
    }
  }
}
