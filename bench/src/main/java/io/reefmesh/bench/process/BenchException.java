package io.reefmesh.bench.process;

/** Something that the bench needs does not work; the message says what, and what to do. */
public final class BenchException extends RuntimeException {

  /** With the reason for people. */
  public BenchException(String message) {
    super(message);
  }

  /** With the reason for people and its cause. */
  public BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
