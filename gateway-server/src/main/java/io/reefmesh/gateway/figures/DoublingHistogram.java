package io.reefmesh.gateway.figures;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts values in buckets whose upper bounds double from one to the next, so that the bucket is
 * found from the number of the value's bits. Reading is thread-safe: each count read is one that
 * was true, though not all at the same moment.
 */
public abstract sealed class DoublingHistogram permits OwnedHistogram, SharedHistogram {

  /**
   * Which buckets there are.
   *
   * @param firstPower the first bucket takes values up to 2 to this power
   * @param bounded how many buckets have a bound; one more takes what is larger
   * @param perUnit values are handed in as so many to the unit that readers see: 1,000 if they are
   *     milliseconds and readers see seconds
   */
  public record Scale(int firstPower, int bounded, double perUnit) {

    /** Milliseconds from 1 ms to 2.3 hours, read as seconds. */
    public static final Scale MILLIS = new Scale(0, 24, 1e3);

    /** Microseconds from 64 µs to 67 s, read as seconds. */
    public static final Scale MICROS = new Scale(6, 21, 1e6);

    /** Things, from 1 to 65,536. */
    public static final Scale COUNT = new Scale(0, 17, 1);

    int bucketOf(long value) {
      if (value <= 1L << firstPower) {
        return 0;
      }
      return Math.min(bounded, Long.SIZE - Long.numberOfLeadingZeros(value - 1) - firstPower);
    }

    double boundOf(int bucket) {
      return bucket == bounded
          ? Double.POSITIVE_INFINITY
          : (double) (1L << (firstPower + bucket)) / perUnit;
    }
  }

  private final Scale scale;

  /** The buckets, and at the end the sum of all values. */
  final AtomicLongArray cells;

  DoublingHistogram(Scale scale) {
    this.scale = scale;
    this.cells = new AtomicLongArray(scale.bounded() + 2);
  }

  /**
   * Counts a value.
   *
   * @param value in the units of the scale; below 0 counts as 0
   */
  public final void record(long value) {
    long counted = Math.max(0, value);
    add(scale.bucketOf(counted), 1);
    add(cells.length() - 1, counted);
  }

  abstract void add(int cell, long amount);

  /** The upper bounds of the buckets, in what readers see; the last is infinite. */
  public final double[] upperBounds() {
    double[] bounds = new double[cells.length() - 1];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = scale.boundOf(i);
    }
    return bounds;
  }

  /** How many values each bucket has taken, those of lower buckets not among them. */
  public final long[] counts() {
    long[] counts = new long[cells.length() - 1];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = cells.get(i);
    }
    return counts;
  }

  /** The sum of all values, in what readers see. */
  public final double sum() {
    return cells.get(cells.length() - 1) / scale.perUnit();
  }
}
