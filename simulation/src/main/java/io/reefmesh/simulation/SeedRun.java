package io.reefmesh.simulation;

import org.jspecify.annotations.Nullable;

/**
 * One seed, asked for and answered in types of the JDK: so it can be called in code that was loaded
 * apart, with a bug planted in it.
 */
public final class SeedRun {

  private SeedRun() {}

  /**
   * Lives through a seed.
   *
   * @return null: all promises were kept; else what a check said, its name first. A failure that no
   *     check foresaw begins with {@code ?}
   */
  public static @Nullable String run(long seed) {
    return lives(seed, 1);
  }

  /** The same, lived twice: the two histories must not differ. */
  public static @Nullable String runTwice(long seed) {
    return lives(seed, 2);
  }

  private static @Nullable String lives(long seed, int times) {
    try {
      World.Report first = World.run(seed, false);
      for (int i = 1; i < times; i++) {
        first.compareWith(World.run(seed, false));
      }
      return null;
    } catch (Violation violation) {
      return violation.getMessage();
    } catch (RuntimeException | Error e) {
      return "? " + e;
    }
  }
}
