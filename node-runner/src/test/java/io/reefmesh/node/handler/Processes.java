package io.reefmesh.node.handler;

/** Looks at processes by id. */
final class Processes {

  private Processes() {}

  /** Whether it lives; one that ended but was not collected yet does not. */
  static boolean isAlive(long pid) {
    return ProcessTable.exists()
        ? ProcessTable.row(pid).isPresent()
        : ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }
}
