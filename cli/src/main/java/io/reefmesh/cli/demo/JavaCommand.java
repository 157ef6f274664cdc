package io.reefmesh.cli.demo;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How to start another process of this very program: the same Java, the same classes.
 *
 * @param java the java program
 * @param classPath what this process was started with
 * @param mainClass where it begins
 */
record JavaCommand(String java, String classPath, String mainClass) {

  private static final int UNSAFE_FLAG_SINCE = 24;

  /** Like this process. */
  static JavaCommand likeThis(Class<?> mainClass) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String[] entries = System.getProperty("java.class.path").split(File.pathSeparator, -1);
    List<String> absolute = new ArrayList<>();
    for (String entry : entries) {
      absolute.add(Path.of(entry).toAbsolutePath().toString());
    }
    return new JavaCommand(
        ProcessHandle.current().info().command().filter(name -> name.endsWith("java")).orElse(java),
        String.join(File.pathSeparator, absolute),
        mainClass.getName());
  }

  /**
   * The whole command line.
   *
   * @param heapMegabytes the largest heap
   * @param arguments of the program
   */
  List<String> with(int heapMegabytes, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(java);
    command.add("-Xmx" + heapMegabytes + "m");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= UNSAFE_FLAG_SINCE) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.add("-cp");
    command.add(classPath);
    command.add(mainClass);
    command.addAll(arguments);
    return List.copyOf(command);
  }
}
