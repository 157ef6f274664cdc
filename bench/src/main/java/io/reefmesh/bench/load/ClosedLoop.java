package io.reefmesh.bench.load;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a number of operations under way: each that ends starts the next. It shows how much a
 * system can do, and how long an operation takes then.
 */
public final class ClosedLoop {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Operation operation;
  private final int inFlight;
  private final Latencies latencies = new Latencies();
  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>();
  private final CountDownLatch idle;
  private volatile boolean running = true;

  /** Over an operation; runs once. */
  public ClosedLoop(Operation operation, int inFlight) {
    this.operation = operation;
    this.inFlight = inFlight;
    this.idle = new CountDownLatch(inFlight);
  }

  /**
   * Runs it, and returns when nothing is under way any more.
   *
   * @param warmUp what ends in this time does not count
   * @param measured what ends in this time does
   */
  public Figures run(Duration warmUp, Duration measured, Window window)
      throws InterruptedException {
    Thread starter = new Thread(this::startAll, "closed-loop-start");
    starter.setDaemon(true);
    starter.start();
    TimeUnit.NANOSECONDS.sleep(warmUp.toNanos());
    window.begins();
    latencies.take();
    firstFailure.set(null);
    final long doneBefore = done.sum();
    final long failedBefore = failed.sum();
    final long beganNanos = System.nanoTime();
    TimeUnit.NANOSECONDS.sleep(measured.toNanos());
    double seconds = (System.nanoTime() - beganNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    final long doneThen = done.sum() - doneBefore;
    final long failedThen = failed.sum() - failedBefore;
    var seen = latencies.take();
    window.ends();
    running = false;
    String why = firstFailure.get();
    if (!idle.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      long stuck = idle.getCount();
      return new Figures(
          seconds, doneThen, failedThen + stuck, stuck + " operations never ended", seen);
    }
    return new Figures(seconds, doneThen, failedThen, why, seen);
  }

  /** Not on the thread that measures: operations that end at once would never let go of it. */
  private void startAll() {
    for (int i = 0; i < inFlight; i++) {
      if (running) {
        new Slot().go();
      } else {
        idle.countDown();
      }
    }
  }

  /** One of those under way. An outcome within the start must not lead to ever deeper calls. */
  private final class Slot implements Outcome {
    private long startedNanos;
    private boolean starting;
    private boolean endedWhileStarting;

    void go() {
      do {
        synchronized (this) {
          starting = true;
          endedWhileStarting = false;
          startedNanos = System.nanoTime();
        }
        operation.start(startedNanos, this);
      } while (goesOn());
    }

    private synchronized boolean goesOn() {
      starting = false;
      if (!endedWhileStarting) {
        return false;
      }
      if (!running) {
        idle.countDown();
        return false;
      }
      return true;
    }

    @Override
    public void done(long endNanos) {
      latencies.record(endNanos - startedNanos);
      done.increment();
      next();
    }

    @Override
    public void failed(String why) {
      failed.increment();
      firstFailure.compareAndSet(null, why);
      next();
    }

    private void next() {
      synchronized (this) {
        if (starting) {
          endedWhileStarting = true;
          return;
        }
      }
      if (running) {
        go();
      } else {
        idle.countDown();
      }
    }
  }
}
