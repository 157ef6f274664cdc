package io.reefmesh.cli.demo;

import io.reefmesh.cli.CommandException;
import io.reefmesh.cli.ExitCode;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * The regular files below a folder: real input for the demo. Links are not followed; what a build
 * or git keeps is left out, and so is what cannot be read.
 *
 * @param files by path
 * @param skipped how many files could not be read
 * @param truncated whether the folder has more files than the limit
 */
record FileTree(List<HashedFile> files, int skipped, boolean truncated) {

  private static final Set<String> LEFT_OUT = Set.of("target", ".git");

  /**
   * Reads and hashes all of them.
   *
   * @param limit how many files at most
   * @throws CommandException if the folder is not there or holds no readable file
   */
  static FileTree below(Path folder, int limit) {
    if (!Files.isDirectory(folder)) {
      throw new CommandException(
          ExitCode.USAGE, folder + " is not a folder: name one with files in it");
    }
    Path start = folder.toAbsolutePath().normalize();
    Walk walk = new Walk(start, limit);
    try {
      Files.walkFileTree(start, walk);
    } catch (IOException e) {
      throw new CommandException(ExitCode.USAGE, folder + " cannot be read: " + e, e);
    }
    Collections.sort(walk.paths);
    List<HashedFile> files = new ArrayList<>(walk.paths.size());
    int skipped = walk.skipped;
    for (Path path : walk.paths) {
      try {
        files.add(HashedFile.of(path));
      } catch (IOException e) {
        skipped++;
      }
    }
    if (files.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, folder + " holds no file that can be read: name another folder");
    }
    return new FileTree(List.copyOf(files), skipped, walk.truncated);
  }

  private static final class Walk extends SimpleFileVisitor<Path> {

    private final Path start;
    private final int limit;
    private final List<Path> paths = new ArrayList<>();
    private int skipped;
    private boolean truncated;

    Walk(Path start, int limit) {
      this.start = start;
      this.limit = limit;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      Path name = folder.getFileName();
      boolean leftOut = name != null && LEFT_OUT.contains(name.toString());
      // The start folder itself may have any name.
      return leftOut && !folder.equals(start)
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (!attributes.isRegularFile()) {
        return FileVisitResult.CONTINUE;
      }
      if (!Files.isReadable(file) || !survivesAsText(file)) {
        skipped++;
        return FileVisitResult.CONTINUE;
      }
      if (paths.size() >= limit) {
        truncated = true;
        return FileVisitResult.TERMINATE;
      }
      paths.add(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      skipped++;
      return FileVisitResult.CONTINUE;
    }

    /** Names outside the locale's alphabet cannot be handed to another program. */
    private static boolean survivesAsText(Path file) {
      try {
        return Path.of(file.toString()).equals(file);
      } catch (InvalidPathException e) {
        return false;
      }
    }
  }
}
