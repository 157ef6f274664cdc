package io.reefmesh.balancer;

/** Spreads numbers evenly over 64 bits, one to one: the last steps of SplitMix64 (Steele, 2014). */
final class Mix64 {

  /** The odd number nearest to 2^64 divided by the golden ratio: steps that never fall together. */
  static final long STEP = 0x9E3779B97F4A7C15L;

  private Mix64() {}

  static long of(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
