package io.reefmesh.bench.load;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a loop saw in the time that was measured.
 *
 * @param seconds how long that was
 * @param done operations that ended well in it
 * @param failed operations that did not
 * @param firstFailure why the first of those failed
 * @param latencies of the operations, nanoseconds; not to be changed
 */
public record Figures(
    double seconds, long done, long failed, @Nullable String firstFailure, Histogram latencies) {

  /** Operations that ended well, per second. */
  public double perSecond() {
    return done / seconds;
  }

  /**
   * The latency that so many per cent of the operations did not exceed.
   *
   * @return milliseconds; NaN if there was none
   */
  public double millisAt(double percent) {
    return latencies.getTotalCount() == 0
        ? Double.NaN
        : latencies.getValueAtPercentile(percent) / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }
}
