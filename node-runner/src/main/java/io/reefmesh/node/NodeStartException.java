package io.reefmesh.node;

import org.jspecify.annotations.Nullable;

/** A node cannot start. The message says what is in the way and what to do. */
public class NodeStartException extends RuntimeException {

  /** What is in the way and what to do. */
  public NodeStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
