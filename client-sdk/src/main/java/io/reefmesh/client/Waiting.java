package io.reefmesh.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Blocking on a future, with the failure itself instead of a wrapper around it. */
final class Waiting {

  private Waiting() {}

  /**
   * Refuses to block where the answer itself would have to come by.
   *
   * @throws IllegalStateException inside a callback on a network thread
   */
  static void requireMayBlock() {
    if (DirectCallbacks.inside()) {
      throw new IllegalStateException(
          "a blocking call inside a callback would wait for itself: use the ...Async variant, or"
              + " give the client an executor for callbacks");
    }
  }

  /**
   * Waits for the value.
   *
   * @throws MeshException or whatever unchecked exception the future failed with
   * @throws InterruptedException if the thread was interrupted; the future is cancelled
   * @throws IllegalStateException on a thread that the answer itself would have to come by
   */
  static <T> T on(CompletableFuture<T> future) throws InterruptedException {
    if (!future.isDone()) {
      requireMayBlock();
    }
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(false);
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * The same for calls that are short: the interrupt stays set, and a {@link MeshException} tells.
   */
  static <T> T briefly(CompletableFuture<T> future) {
    try {
      return on(future);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.interrupted();
    }
  }
}
