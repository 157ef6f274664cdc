package io.reefmesh.node;

import java.time.Duration;

/** The node cannot serve this attempt now: it goes elsewhere, and costs the task nothing. */
public class TaskRefusedException extends Exception {

  private final Duration retryAfter;

  /** A refusal; the task is not offered to this node again before {@code retryAfter} has passed. */
  public TaskRefusedException(String message, Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** When this node may be asked again. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
