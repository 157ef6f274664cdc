package io.reefmesh.bench.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Starts the processes of a run. A gateway and its nodes are started by the launcher that users
 * start them with, so that they run with the options that are shipped; only the jar is the bench's,
 * whose handlers the nodes find. Thread-safe.
 *
 * @param home the folder of the clone
 * @param jar the bench's jar
 * @param work where logs and recordings go
 * @param jfr whether all processes record themselves
 */
public record Launcher(Path home, Path jar, Path work, boolean jfr) {

  private static final int UNSAFE_FLAG_SINCE = 24;

  /**
   * Of this very process.
   *
   * @throws BenchException if it was not started by {@code bin/reefmesh}
   */
  public static Launcher ofThisProcess(Path work, boolean jfr) {
    String home = System.getProperty("reefmesh.home", "");
    String jar = System.getProperty("java.class.path");
    Path script = Path.of(home, "bin", "reefmesh");
    if (home.isEmpty() || !Files.isExecutable(script) || jar.contains(File.pathSeparator)) {
      throw new BenchException(
          "the bench starts gateways and nodes by bin/reefmesh: run it as bin/reefmesh bench, in a"
              + " clone of the sources");
    }
    return new Launcher(Path.of(home), Path.of(jar).toAbsolutePath(), work, jfr);
  }

  /**
   * Starts a command of the mesh, {@code gateway} or {@code node}, with the options it is shipped
   * with.
   *
   * @param javaOptions more options for Java, which win
   */
  public ChildProcess command(String name, List<String> arguments, List<String> javaOptions) {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin").resolve("reefmesh").toString());
    command.addAll(arguments);
    command.add("--stop-with=" + ProcessHandle.current().pid());
    List<String> options = new ArrayList<>(javaOptions);
    options.addAll(recording(name));
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("REEFMESH_JAR", jar.toString());
    environment.put("REEFMESH_JAVA", System.getProperty("java.home"));
    environment.put("REEFMESH_JAVA_OPTS", String.join(" ", options));
    return ChildProcess.start(name, command, environment, work.resolve(name + ".log"));
  }

  /** Starts a program of the bench's own. */
  public ChildProcess program(
      String name, Class<?> main, List<String> arguments, List<String> javaOptions) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= UNSAFE_FLAG_SINCE) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(javaOptions);
    command.addAll(recording(name));
    command.add("-cp");
    command.add(jar.toString());
    command.add(main.getName());
    command.add(Long.toString(ProcessHandle.current().pid()));
    command.addAll(arguments);
    return ChildProcess.start(name, command, Map.of(), work.resolve(name + ".log"));
  }

  /** Where a process's recording goes. */
  public Path recordingOf(String name) {
    return work.resolve(name + ".jfr");
  }

  private List<String> recording(String name) {
    return jfr
        ? List.of(
            "-XX:StartFlightRecording=filename="
                + recordingOf(name)
                + ",settings=profile,dumponexit=true")
        : List.of();
  }
}
