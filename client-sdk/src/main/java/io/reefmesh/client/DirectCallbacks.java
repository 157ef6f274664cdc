package io.reefmesh.client;

import java.util.concurrent.Executor;

/**
 * Runs callbacks where they arrive, on the network thread, and remembers that they are callbacks: a
 * blocking call made from one would wait for an answer that only its own thread could bring.
 */
enum DirectCallbacks implements Executor {
  INSTANCE;

  private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

  @Override
  public void execute(Runnable callback) {
    boolean outer = INSIDE.get();
    INSIDE.set(true);
    try {
      callback.run();
    } finally {
      if (outer) {
        INSIDE.set(true);
      } else {
        INSIDE.remove();
      }
    }
  }

  /** Whether this thread is inside a callback now. */
  static boolean inside() {
    return INSIDE.get();
  }
}
