package io.reefmesh.node.handler;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** The {@code setsid} program, which starts another one in a session of its own, on Linux. */
final class SessionLauncher {

  private static final String PROGRAM = "setsid";

  /** Its own exit codes: found but not executable, not found. */
  private static final Set<Integer> FAILURES = Set.of(126, 127);

  private SessionLauncher() {}

  /** Where it is, if the machine has it and shows sessions. */
  static Optional<Path> find(ProgramFinder finder) {
    return ProcessTable.exists() ? finder.find(PROGRAM) : Optional.empty();
  }

  /** Whether a program ended as it does when the launcher could not start it. */
  static boolean failed(int exitCode, String lastWords) {
    return FAILURES.contains(exitCode) && lastWords.startsWith(PROGRAM + ": ");
  }
}
