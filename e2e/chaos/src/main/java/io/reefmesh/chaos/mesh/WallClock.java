package io.reefmesh.chaos.mesh;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The wall clock of one process, which can be set while it runs. Its monotonic clock stays true.
 * Works by a small library that is compiled here and preloaded; the program itself is untouched.
 */
public final class WallClock {

  private static final String SOURCE = "/wallclock.c";
  private static final int COMPILE_SECONDS = 60;

  private final Path file;
  private final MappedByteBuffer shift;

  /** A clock that is right. */
  WallClock(Path file) {
    this.file = file;
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      this.shift = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
      shift.order(ByteOrder.nativeOrder());
    } catch (IOException e) {
      throw new UncheckedIOException("the clock file " + file + " cannot be made", e);
    }
    set(Duration.ZERO);
  }

  /** Sets the clock so much ahead of the true time, or behind it. Takes effect at once. */
  public void set(Duration ahead) {
    shift.putLong(0, ahead.toNanos());
  }

  /** What a process needs in its environment to have this clock. */
  Map<String, String> environment(Path library) {
    return Map.of("LD_PRELOAD", library.toString(), "CHAOS_CLOCK_FILE", file.toString());
  }

  /** Compiles the library; empty where there is no C compiler, or it does not work here. */
  public static Optional<Path> library(Path folder) throws InterruptedException {
    Path source = folder.resolve("wallclock.c");
    Path library = folder.resolve("wallclock.so");
    try (InputStream text = WallClock.class.getResourceAsStream(SOURCE)) {
      if (text == null) {
        return Optional.empty();
      }
      Files.copy(text, source);
      Path log = folder.resolve("wallclock.log");
      boolean compiled =
          run(
              log,
              Map.of(),
              "cc",
              "-shared",
              "-fPIC",
              "-O2",
              "-o",
              library.toString(),
              source.toString());
      return compiled && moves(folder, library) ? Optional.of(library) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether a process really sees another time, by the year that "date" prints. */
  private static boolean moves(Path folder, Path library) throws IOException, InterruptedException {
    WallClock probe = new WallClock(folder.resolve("probe.clock"));
    probe.set(Duration.ofDays(-20 * 365));
    Path said = folder.resolve("probe.log");
    return run(said, probe.environment(library), "date", "+%Y")
        && Integer.parseInt(Files.readString(said).trim())
            < java.time.Year.now(java.time.ZoneOffset.UTC).getValue() - 18;
  }

  private static boolean run(Path output, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    return process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
  }
}
