package io.reefmesh.bench.load;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * An open loop whose operations run on its own thread, without a hop: those that became due while
 * the last batch was under way make up the next one. Latencies count from the time at which each
 * was meant to start, as in {@link OpenLoop}.
 */
public final class BatchedOpenLoop {

  /** Does so many at once; returns when all are done. */
  @FunctionalInterface
  public interface Batch {
    /** So many, at least one. */
    void run(int count);
  }

  private final Batch batch;
  private final Pace pace;

  /** Over batches. */
  public BatchedOpenLoop(Batch batch) {
    this(batch, Pace.REAL);
  }

  BatchedOpenLoop(Batch batch, Pace pace) {
    this.batch = batch;
    this.pace = pace;
  }

  /** Runs it on this thread; see {@link OpenLoop#run}. */
  public Figures run(double perSecond, Duration warmUp, Duration measured, int mostAtOnce) {
    double everyNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    long warm = Math.round(warmUp.toNanos() / everyNanos);
    long all = warm + Math.max(1, Math.round(measured.toNanos() / everyNanos));
    Latencies latencies = new Latencies();
    long beganNanos = pace.nanos();
    long next = 0;
    while (next < all) {
      pace.until(beganNanos + Math.round(next * everyNanos));
      int due = 1;
      while (due < mostAtOnce
          && next + due < all
          && beganNanos + Math.round((next + due) * everyNanos) <= pace.nanos()) {
        due++;
      }
      batch.run(due);
      long end = pace.nanos();
      for (long i = Math.max(next, warm); i < next + due; i++) {
        latencies.record(end - beganNanos - Math.round(i * everyNanos));
      }
      next += due;
    }
    double seconds = (all - warm) * everyNanos / TimeUnit.SECONDS.toNanos(1);
    return new Figures(seconds, all - warm, 0, null, latencies.take());
  }
}
