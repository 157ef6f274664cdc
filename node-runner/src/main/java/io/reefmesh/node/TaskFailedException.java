package io.reefmesh.node;

import java.time.Duration;

/** The attempt failed, with a code for programs and a message for people. */
public class TaskFailedException extends Exception {

  private final String code;
  private final boolean retryable;
  private final Duration retryAfter;

  /** A failure; {@code code} is upper snake case. */
  public TaskFailedException(String code, String message, boolean retryable) {
    this(code, message, retryable, Duration.ZERO);
  }

  /** A failure with the earliest sensible time for another attempt, counted from now. */
  public TaskFailedException(String code, String message, boolean retryable, Duration retryAfter) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
  }

  /** For programs. */
  public String code() {
    return code;
  }

  /** Whether another attempt may help. */
  public boolean retryable() {
    return retryable;
  }

  /** The earliest sensible time for another attempt. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
