package io.reefmesh.bench.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What Linux says of processes in {@code /proc}. Everything is empty for a process that is gone,
 * and on systems without {@code /proc}. Thread-safe.
 */
public final class ProcFs {

  /** The unit of the times in {@code stat}, the same on every platform that Java runs on. */
  private static final long TICKS_PER_SECOND = 100;

  private static final int USER_TIME_FIELD = 11;
  private static final int SYSTEM_TIME_FIELD = 12;

  private final Path root;

  /** The machine's own. */
  public ProcFs() {
    this(Path.of("/proc"));
  }

  ProcFs(Path root) {
    this.root = root;
  }

  /** Processor time that all threads of a process took so far, in steps of 10 ms. */
  public OptionalLong cpuNanos(long pid) {
    try {
      String stat = read(pid, "stat");
      // The name, in parentheses, may hold anything.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long ticks =
          Long.parseLong(fields[USER_TIME_FIELD]) + Long.parseLong(fields[SYSTEM_TIME_FIELD]);
      return OptionalLong.of(ticks * TimeUnit.SECONDS.toNanos(1) / TICKS_PER_SECOND);
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }

  /** The most memory it ever had resident. */
  public OptionalLong peakRssBytes(long pid) {
    return statusKib(pid, "VmHWM:");
  }

  /** The memory it has resident. */
  public OptionalLong rssBytes(long pid) {
    return statusKib(pid, "VmRSS:");
  }

  /** How many threads it has. */
  public OptionalLong threads(long pid) {
    return status(pid, "Threads:");
  }

  /** How many descriptors it has open. */
  public OptionalLong descriptors(long pid) {
    try (Stream<Path> open = Files.list(root.resolve(Long.toString(pid)).resolve("fd"))) {
      return OptionalLong.of(open.count());
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }

  /** How many descriptors it may open, by the hard limit, to which Java raises its own. */
  public OptionalLong descriptorLimit(long pid) {
    try {
      return read(pid, "limits")
          .lines()
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.trim().split(" +"))
          .mapToLong(words -> limit(words[words.length - 2]))
          .findFirst();
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }

  private static long limit(String word) {
    return word.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(word);
  }

  private OptionalLong statusKib(long pid, String key) {
    OptionalLong kib = status(pid, key);
    return kib.isPresent() ? OptionalLong.of(kib.getAsLong() * 1024) : kib;
  }

  private OptionalLong status(long pid, String key) {
    try {
      return read(pid, "status")
          .lines()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.substring(key.length()).trim().split(" ", -1)[0]))
          .findFirst();
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }

  private String read(long pid, String file) throws IOException {
    return new String(
        Files.readAllBytes(root.resolve(Long.toString(pid)).resolve(file)),
        StandardCharsets.ISO_8859_1);
  }
}
