package io.reefmesh.bench.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** How much of a Java process's heap is in use after a full collection, which this makes it do. */
public final class LiveHeap {

  private static final long LIMIT_SECONDS = 60;

  private LiveHeap() {}

  /** Bytes; empty if this machine has no {@code jcmd}. */
  public static OptionalLong bytes(long pid) throws InterruptedException {
    Path beside = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    String jcmd = Files.isExecutable(beside) ? beside.toString() : "jcmd";
    try {
      // The histogram of what is alive collects first.
      Process process =
          new ProcessBuilder(jcmd, Long.toString(pid), "GC.class_histogram")
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return OptionalLong.empty();
      }
      return totalOf(text);
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** The last column of the last line: {@code Total 1234 567890}. */
  static OptionalLong totalOf(String histogram) {
    return histogram
        .lines()
        .filter(line -> line.startsWith("Total"))
        .map(line -> line.trim().split(" +"))
        .filter(words -> words.length == 3)
        .mapToLong(words -> Long.parseLong(words[2]))
        .findFirst();
  }
}
