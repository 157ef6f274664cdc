package io.reefmesh.node;

/** A handler cannot serve on this machine. The message says what is missing and what to do. */
public class HandlerUnavailableException extends Exception {

  /** What is missing and what to do. */
  public HandlerUnavailableException(String message) {
    super(message);
  }
}
