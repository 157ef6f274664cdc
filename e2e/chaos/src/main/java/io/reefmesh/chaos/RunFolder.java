package io.reefmesh.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The folder that holds everything of a run. */
record RunFolder(Path path) {

  static RunFolder make() {
    try {
      return new RunFolder(Files.createTempDirectory("reefmesh-chaos-"));
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder can be made", e);
    }
  }

  /** Copies a folder that would be gone otherwise. */
  void keep(Path other) {
    Path target = path.resolve("gateway-data");
    try (Stream<Path> files = Files.walk(other)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(other.relativize(file).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the gateway's data cannot be kept", e);
    }
  }

  void delete() {
    try (Stream<Path> files = Files.walk(path)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the folder " + path + " cannot be removed", e);
    }
  }
}
