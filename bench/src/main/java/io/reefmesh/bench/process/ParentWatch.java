package io.reefmesh.bench.process;

/** Ends a program of the bench when the bench is gone. */
public final class ParentWatch {

  private ParentWatch() {}

  /** Halts this process when that one ends. */
  public static void haltWithout(long pid) {
    ProcessHandle parent = ProcessHandle.of(pid).orElse(null);
    if (parent == null) {
      Runtime.getRuntime().halt(1);
      return;
    }
    var unused = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
  }
}
