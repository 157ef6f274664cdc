package io.reefmesh.gateway.store;

import io.reefmesh.gateway.store.StoreException.Kind;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether a store may still be used. The first failure of a write is final: what is on the disk is
 * then not known for sure, so nothing is written after it. Thread-safe.
 */
final class StoreHealth {

  private final AtomicReference<@Nullable StoreException> failure = new AtomicReference<>();
  private volatile boolean closed;

  /** Throws if the store is closed. */
  void checkOpen() {
    if (closed) {
      throw new StoreException(Kind.BROKEN, "the store is closed");
    }
  }

  /** Throws if the store is closed or a write has failed before. */
  void checkWritable() {
    checkOpen();
    StoreException first = failure.get();
    if (first != null) {
      throw new StoreException(
          first.kind(),
          "the store stopped after a failure; start the gateway again. It was: "
              + first.getMessage(),
          first);
    }
  }

  /** Remembers a failure, unless there was one before, and gives it back. */
  StoreException broke(StoreException e) {
    failure.compareAndSet(null, e);
    return e;
  }

  boolean isBroken() {
    return failure.get() != null;
  }

  boolean isClosed() {
    return closed;
  }

  /** True for the first caller. */
  synchronized boolean close() {
    boolean first = !closed;
    closed = true;
    return first;
  }
}
