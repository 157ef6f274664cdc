package io.reefmesh.node.handler;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a {@code tool-execution} task asks for.
 *
 * @param argv the program and its arguments; at least the program
 * @param cwd where to run it; empty: where the node says
 * @param stdin its input; empty: none
 * @param timeout how long it may run; empty: as long as the node allows
 * @param check whether an exit code other than 0 fails the task
 */
record ToolPayload(
    List<String> argv,
    Optional<String> cwd,
    ByteString stdin,
    Optional<Duration> timeout,
    boolean check) {

  private static final List<String> FIELDS =
      List.of("argv", "cwd", "stdin", "timeout_seconds", "check");

  /** More than any program takes by hand, and far below what a kernel passes. */
  private static final int MAX_ARGUMENTS = 4096;

  /** Reads a payload; {@code longest} is the most that the node allows one run. */
  static ToolPayload parse(String type, ByteString payload, Duration longest)
      throws TaskFailedException {
    PayloadFields fields = PayloadFields.parse(type, payload, FIELDS);
    List<String> argv = fields.texts("argv").orElse(List.of());
    checkArguments(fields, argv);
    Optional<String> cwd = fields.text("cwd");
    if (cwd.isPresent()) {
      checkText(fields, "cwd", cwd.get());
    }
    var seconds = fields.wholeNumber("timeout_seconds", 1, (int) Math.max(1, longest.toSeconds()));
    return new ToolPayload(
        argv,
        cwd,
        ByteString.copyFromUtf8(fields.text("stdin").orElse("")),
        seconds.isPresent()
            ? Optional.of(Duration.ofSeconds(seconds.getAsInt()))
            : Optional.empty(),
        fields.flag("check", false));
  }

  private static void checkArguments(PayloadFields fields, List<String> argv)
      throws TaskFailedException {
    if (argv.isEmpty() || argv.get(0).isEmpty()) {
      throw fields.invalidField(
          "argv", "it must name a program, then its arguments, such as [\"sha256sum\",\"a.txt\"]");
    }
    if (argv.size() > MAX_ARGUMENTS) {
      throw fields.invalidField("argv", "it has more than " + MAX_ARGUMENTS + " elements");
    }
    for (int i = 0; i < argv.size(); i++) {
      checkText(fields, "argv[" + i + "]", argv.get(i));
    }
  }

  private static void checkText(PayloadFields fields, String path, String text)
      throws TaskFailedException {
    if (text.indexOf('\0') >= 0) {
      throw fields.invalidField(path, "it holds a NUL character, which no program can be given");
    }
  }
}
