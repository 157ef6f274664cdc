package io.reefmesh.chaos.nemesis;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A small disk in memory for the gateway's data, which can be filled up. */
public final class DiskVolume implements AutoCloseable {

  private static final int PIECE = 1 << 20;
  private static final int MOUNT_SECONDS = 20;

  private final Path root;

  private DiskVolume(Path root) {
    this.root = root;
  }

  /** Mounts one; empty where this process may not. */
  public static Optional<DiskVolume> mount(Path root, int megabytes) throws InterruptedException {
    try {
      Files.createDirectories(root);
      return run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", root.toString())
          ? Optional.of(new DiskVolume(root))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A folder on it. */
  public Path dataDir() {
    return root.resolve("data");
  }

  /** Takes all room that is left. */
  public void fill() {
    byte[] piece = new byte[PIECE];
    try (OutputStream out = Files.newOutputStream(filler())) {
      while (true) {
        out.write(piece);
      }
    } catch (IOException e) {
      // Full: what a piece left over is taken in smaller ones.
    }
    try (OutputStream out = Files.newOutputStream(root.resolve("filler-2"))) {
      while (true) {
        out.write(piece, 0, 4096);
      }
    } catch (IOException e) {
      // Full.
    }
  }

  /** Gives the room back. */
  public void free() {
    try {
      Files.deleteIfExists(filler());
      Files.deleteIfExists(root.resolve("filler-2"));
    } catch (IOException e) {
      throw new UncheckedIOException("the filler cannot be removed", e);
    }
  }

  private Path filler() {
    return root.resolve("filler");
  }

  /** Unmounts it: what is on it is gone. */
  @Override
  public void close() {
    try {
      run("umount", "-l", root.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(root + " cannot be unmounted", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(MOUNT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
  }
}
