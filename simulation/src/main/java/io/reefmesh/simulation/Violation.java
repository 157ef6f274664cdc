package io.reefmesh.simulation;

import org.jspecify.annotations.Nullable;

/**
 * A promise was broken, or the code found itself in contradiction. Some of the code that runs here
 * forgives those it calls their exceptions, so the first violation of a history is remembered: it
 * cannot be swallowed.
 */
public final class Violation extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** One history is one thread's alone. */
  private static final ThreadLocal<@Nullable Violation> FIRST = new ThreadLocal<>();

  Violation(String message) {
    this(message, null);
  }

  Violation(String message, @Nullable Throwable cause) {
    super(message, cause);
    if (FIRST.get() == null) {
      FIRST.set(this);
    }
  }

  /** A history begins on this thread. */
  static void forget() {
    FIRST.remove();
  }

  /** Throws the first one that was made on this thread since its history began. */
  static void rethrow() {
    Violation first = FIRST.get();
    if (first != null) {
      throw first;
    }
  }
}
