package io.reefmesh.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files for the tests. */
final class YamlFixture {

  private YamlFixture() {}

  static Path write(Path folder, String yaml) {
    try {
      return Files.writeString(folder.resolve("reefmesh.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
