package io.reefmesh.node.handler;

import java.nio.file.Path;
import java.util.Optional;

/** The {@code setsid} program, which starts another one in a session of its own, on Linux. */
final class SessionLauncher {

  private static final String PROGRAM = "setsid";

  private SessionLauncher() {}

  /** Where it is, if the machine has it and shows sessions. */
  static Optional<Path> find(ProgramFinder finder) {
    return ProcessTable.exists() ? finder.find(PROGRAM) : Optional.empty();
  }

  /** Whether a program's last words are the launcher's complaint that it could not start it. */
  static boolean failed(String lastWords) {
    return lastWords.startsWith(PROGRAM + ": ");
  }
}
