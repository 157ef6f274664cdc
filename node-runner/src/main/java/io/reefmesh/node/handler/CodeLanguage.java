package io.reefmesh.node.handler;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What snippets are written in. */
enum CodeLanguage {
  /** Python 3. */
  PYTHON("main.py", ImmutableList.of("python3", "python"), ImmutableList.of("-I", "-B"), "-c"),
  /** JavaScript for Node.js. */
  JAVASCRIPT("main.js", ImmutableList.of("node", "nodejs"), ImmutableList.of(), "-e");

  private final String fileName;
  private final ImmutableList<String> programs;
  private final ImmutableList<String> options;
  private final String evaluate;

  CodeLanguage(
      String fileName,
      ImmutableList<String> programs,
      ImmutableList<String> options,
      String evaluate) {
    this.fileName = fileName;
    this.programs = programs;
    this.options = options;
    this.evaluate = evaluate;
  }

  static boolean isKnown(String word) {
    return Arrays.stream(values()).anyMatch(language -> language.word().equals(word));
  }

  /** As settings and payloads call it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Where a snippet stands in its folder. */
  String fileName() {
    return fileName;
  }

  /** The program that runs it, if this machine has one. */
  Optional<Path> find(ProgramFinder finder) {
    return programs.stream().flatMap(program -> finder.find(program).stream()).findFirst();
  }

  /** The command that runs the file of a snippet. */
  List<String> run(Path program) {
    return ImmutableList.<String>builder()
        .add(program.toString())
        .addAll(options)
        .add(fileName)
        .build();
  }

  /** A command that does nothing, to see whether the program works. */
  List<String> probe(Path program) {
    return List.of(program.toString(), evaluate, "");
  }
}
