package io.reefmesh.gateway.store;

/** The store cannot be used. The message says what happened and what to do. */
public class StoreException extends RuntimeException {

  private final Kind kind;

  /** What is wrong, for the exit code and for tests. */
  public enum Kind {
    /** The data folder or the file cannot be made, read or written. */
    NOT_WRITABLE,
    /** Another gateway has it open. */
    LOCKED,
    /** It was written by a newer version of this software. */
    NEWER_SCHEMA,
    /** Its content is damaged. */
    CORRUPT,
    /** No room on the disk. */
    DISK_FULL,
    /** Another gateway has taken over: a newer epoch is in force. */
    FENCED,
    /** Anything else. */
    BROKEN
  }

  public StoreException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public StoreException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What is wrong. */
  public Kind kind() {
    return kind;
  }
}
