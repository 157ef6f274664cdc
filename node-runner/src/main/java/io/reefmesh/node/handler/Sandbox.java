package io.reefmesh.node.handler;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a strange program is wrapped in: bubblewrap, which hides the network, other processes and
 * all files but the system's programs and its own folder, and util-linux's prlimit, which bounds
 * what it takes. Either may be missing on a machine. Immutable.
 *
 * @param bubblewrap the program {@code bwrap}
 * @param prlimit the program {@code prlimit}
 */
record Sandbox(Optional<Path> bubblewrap, Optional<Path> prlimit) {

  private static final long MAX_FILE_BYTES = 64L << 20;

  /** Read-only inside: where systems keep programs and their libraries, but no settings. */
  private static final List<String> SYSTEM =
      List.of("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache");

  private static final String INSIDE = "/work";

  static Sandbox find(ProgramFinder finder) {
    return new Sandbox(finder.find("bwrap"), finder.find("prlimit"));
  }

  /** The same without bubblewrap. */
  Sandbox withoutBubblewrap() {
    return new Sandbox(Optional.empty(), prlimit);
  }

  /**
   * A command inside of all that is there.
   *
   * @param folder the only one it may write to; it also runs there
   */
  List<String> wrap(List<String> argv, Path folder, long memoryBytes, Duration processorTime) {
    List<String> all = new ArrayList<>();
    prlimit.ifPresent(
        program ->
            all.addAll(
                List.of(
                    program.toString(),
                    "--data=" + memoryBytes,
                    "--cpu=" + Math.max(1, processorTime.toSeconds()),
                    "--fsize=" + MAX_FILE_BYTES,
                    "--core=0",
                    "--")));
    bubblewrap.ifPresent(program -> all.addAll(bubblewrapped(program, folder)));
    all.addAll(argv);
    return all;
  }

  private static List<String> bubblewrapped(Path program, Path folder) {
    List<String> all =
        new ArrayList<>(
            List.of(program.toString(), "--unshare-all", "--die-with-parent", "--new-session"));
    for (String path : SYSTEM) {
      all.addAll(List.of("--ro-bind-try", path, path));
    }
    all.addAll(
        List.of(
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--tmpfs",
            "/tmp",
            "--bind",
            folder.toString(),
            INSIDE,
            "--chdir",
            INSIDE,
            "--setenv",
            "HOME",
            INSIDE,
            "--setenv",
            "TMPDIR",
            "/tmp",
            "--"));
    return all;
  }
}
