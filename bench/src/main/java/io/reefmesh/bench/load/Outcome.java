package io.reefmesh.bench.load;

/** Told once how an operation ended. May be called on any thread, also before the start returns. */
public interface Outcome {

  /**
   * It was done.
   *
   * @param endNanos when, by {@link System#nanoTime} of this machine
   */
  void done(long endNanos);

  /** It was not; why, for people. */
  void failed(String why);
}
