package io.reefmesh.chaos.mesh;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines of Java processes that start fast and stay small. */
final class JavaProgram {

  private static final int UNSAFE_FLAG_SINCE = 24;

  private JavaProgram() {}

  /** A runnable jar. */
  static List<String> jar(Path jar, int heapMegabytes) {
    List<String> command = java(heapMegabytes);
    command.add("-jar");
    command.add(jar.toString());
    return command;
  }

  /** The program that runs now, again. */
  static List<String> again(int heapMegabytes) {
    List<String> command = java(heapMegabytes);
    command.add("-Dchaos.log=INFO");
    command.add("-cp");
    command.add(System.getProperty("java.class.path", ""));
    command.add("io.reefmesh.chaos.Chaos");
    return command;
  }

  private static List<String> java(int heapMegabytes) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
    command.add("-Xmx" + heapMegabytes + "m");
    command.add("-Xss512k");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= UNSAFE_FLAG_SINCE) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    return command;
  }
}
