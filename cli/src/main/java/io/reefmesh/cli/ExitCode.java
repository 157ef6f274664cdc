package io.reefmesh.cli;

/** What the exit codes of every command mean. They are part of the command line's contract. */
public final class ExitCode {

  /** It worked. */
  public static final int OK = 0;

  /** The task that was waited for failed, expired or was cancelled; the demo found a fault. */
  public static final int TASK_FAILED = 1;

  /** The command line or the settings are wrong. */
  public static final int USAGE = 2;

  /** No gateway answered. */
  public static final int UNREACHABLE = 3;

  /** The gateway knows no such task or node. */
  public static final int NOT_FOUND = 4;

  /** The gateway refused: invalid, overloaded, not allowed. */
  public static final int REFUSED = 5;

  /** A defect, or a broken machine. */
  public static final int INTERNAL = 70;

  private ExitCode() {}
}
