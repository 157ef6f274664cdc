package io.reefmesh.bench.load;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** Collects latencies from many threads, to three digits. */
public final class Latencies {

  /** Longer ones count as this long. */
  static final long MOST_NANOS = TimeUnit.MINUTES.toNanos(2);

  private static final int DIGITS = 3;

  private final Recorder recorder = new Recorder(MOST_NANOS, DIGITS);

  /** Adds one; what is below zero (clocks of two processors) counts as zero. */
  public void record(long nanos) {
    recorder.recordValue(Math.min(Math.max(nanos, 0), MOST_NANOS));
  }

  /** What was added since the last call. */
  public Histogram take() {
    return recorder.getIntervalHistogram();
  }
}
