package io.reefmesh.node.handler;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds programs as a shell would: a bare name in the folders of PATH, anything with a slash where
 * it points. Relative folders of PATH are passed over, so that nobody can plant a program in the
 * folder a node happens to run in. Immutable.
 */
final class ProgramFinder {

  private final List<Path> folders;

  /** Searches the folders of {@code path}, which are parted by colons. */
  ProgramFinder(String path) {
    List<Path> found = new ArrayList<>();
    for (String part : path.split(java.io.File.pathSeparator, -1)) {
      asPath(part).filter(Path::isAbsolute).ifPresent(found::add);
    }
    this.folders = List.copyOf(found);
  }

  /** The absolute path of a program that may be executed; symbolic links are not followed. */
  Optional<Path> find(String program) {
    Optional<Path> wanted = asPath(program);
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    if (wanted.get().getNameCount() != 1 || wanted.get().isAbsolute()) {
      return wanted.map(path -> path.toAbsolutePath().normalize()).filter(ProgramFinder::canRun);
    }
    return folders.stream()
        .map(folder -> folder.resolve(program))
        .filter(ProgramFinder::canRun)
        .findFirst();
  }

  private static boolean canRun(Path path) {
    return Files.isRegularFile(path) && Files.isExecutable(path);
  }

  private static Optional<Path> asPath(String text) {
    try {
      return text.isBlank() ? Optional.empty() : Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
