package io.reefmesh.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Futures that are given away, without letting their new owners touch ours. */
final class Futures {

  private Futures() {}

  /**
   * A future of the caller's own, which ends as the source does, with the very same failure ({@link
   * CompletableFuture#copy} would wrap it).
   */
  static <T> CompletableFuture<T> copyOf(CompletableFuture<T> source) {
    CompletableFuture<T> copy = new CompletableFuture<>();
    whenDone(source, copy::complete, copy::completeExceptionally);
    return copy;
  }

  /** Runs one of the two when the future is done. */
  static <T> void whenDone(
      CompletableFuture<T> future, Consumer<T> onValue, Consumer<Throwable> onFailure) {
    var unused =
        future.whenComplete(
            (@Nullable T value, @Nullable Throwable failure) -> {
              if (failure != null) {
                onFailure.accept(failure);
              } else {
                onValue.accept(value);
              }
            });
  }
}
