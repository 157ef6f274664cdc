package io.reefmesh.cli;

/** A command cannot go on. The message says what happened and what to do, in one line. */
public final class CommandException extends RuntimeException {

  private final int exitCode;

  /** Ends the process with one of {@link ExitCode}. */
  public CommandException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** The same, with what lies behind it, which only a debug run shows. */
  public CommandException(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** One of {@link ExitCode}. */
  public int exitCode() {
    return exitCode;
  }
}
