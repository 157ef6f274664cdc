package io.reefmesh.cli.demo;

import io.reefmesh.cli.CommandException;
import io.reefmesh.cli.ExitCode;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program of this machine that prints a file's SHA-256.
 *
 * @param words the program's name and the arguments before the file's
 */
record Sha256Program(List<String> words) {

  private static final List<Sha256Program> KNOWN =
      List.of(
          new Sha256Program(List.of("sha256sum")),
          new Sha256Program(List.of("shasum", "-a", "256")));

  /** A backslash in front says that the file's name is escaped behind the hash. */
  private static final Pattern OUTPUT = Pattern.compile("\\\\?([0-9a-f]{64}) .*", Pattern.DOTALL);

  /**
   * The first of those known that is on the path.
   *
   * @param searchPath the value of PATH
   * @throws CommandException if there is none
   */
  static Sha256Program find(String searchPath) {
    return KNOWN.stream()
        .filter(program -> isOnPath(program.name(), searchPath))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    ExitCode.USAGE,
                    "the demo needs sha256sum or shasum on the PATH and found neither: install"
                        + " coreutils"));
  }

  /** What a node must allow. */
  String name() {
    return words.get(0);
  }

  /** The command line for one file. */
  List<String> arguments(Path file) {
    List<String> arguments = new ArrayList<>(words);
    arguments.add(file.toString());
    return arguments;
  }

  /** The hash in what the program printed; empty if there is none. */
  static Optional<String> hashIn(String printed) {
    Matcher matcher = OUTPUT.matcher(printed);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static boolean isOnPath(String name, String searchPath) {
    for (String folder : searchPath.split(File.pathSeparator, -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
        return true;
      }
    }
    return false;
  }
}
