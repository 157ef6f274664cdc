package io.reefmesh.node.handler;

import com.fasterxml.jackson.core.JsonParser;
import com.google.protobuf.ByteString;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.handler.HandlerSettings.CommandSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Hands tasks of one type to a command, so that a handler can be written in any language.
 *
 * <p>The command gets the payload on stdin and the attempt in {@code REEFMESH_TASK_ID}, {@code
 * REEFMESH_ATTEMPT}, {@code REEFMESH_TASK_TYPE} and {@code REEFMESH_SESSION_ID}. What it writes to
 * stdout is streamed as output of kind STDOUT and is the result: {@code application/json} if all of
 * it is one JSON value, else {@code text/plain} if it is UTF-8, else bytes. Exit code 0 is success,
 * 75 (EX_TEMPFAIL of sysexits.h) asks for another attempt, any other is a failure that another
 * attempt would not mend; the end of stderr is the message.
 */
final class ExecHandler implements TaskHandler {

  private static final int TRY_AGAIN = 75;

  /** What the mesh asks of a node for the types that it knows. */
  private static final Map<String, String> CAPABILITY_BY_TYPE =
      Map.of(
          "agent-turn", "llm",
          "tool-execution", "tools",
          "memory-search", "memory",
          "memory-store", "memory",
          "image-analysis", "vision",
          "speech-transcription", "speech");

  private final String type;
  private final List<String> command;
  private final CommandSettings settings;

  /** Set once by {@link #start}: the program as an absolute path, then its arguments. */
  private volatile List<String> resolved = List.of();

  private volatile Optional<Path> launcher = Optional.empty();

  ExecHandler(String type, List<String> command, CommandSettings settings) {
    this.type = type;
    this.command = command;
    this.settings = settings;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public Set<String> capabilities() {
    String capability = CAPABILITY_BY_TYPE.get(type);
    return capability == null ? Set.of() : Set.of(capability);
  }

  @Override
  public void start() throws HandlerUnavailableException {
    ProgramFinder finder = new ProgramFinder(settings.environment().path());
    String name = command.get(0);
    Path program =
        finder
            .find(name)
            .orElseThrow(
                () ->
                    new HandlerUnavailableException(
                        "the command of task type "
                            + type
                            + " cannot be run: "
                            + name
                            + " is not an executable file, by path or in PATH"));
    List<String> argv = new ArrayList<>(command);
    argv.set(0, program.toString());
    resolved = List.copyOf(argv);
    launcher = SessionLauncher.find(finder);
  }

  @Override
  public TaskOutput handle(TaskContext context) throws TaskFailedException, InterruptedException {
    ChildProcess child = start(context);
    context.onCancel(child::stop);
    OutputCollector stdout =
        new OutputCollector(
            settings.outputLimitBytes(),
            bytes -> context.output(OutputStreamKind.STDOUT, bytes),
            child::stop);
    OutputCollector stderr = new OutputCollector(0, bytes -> {}, () -> {});
    ChildProcess.Ending ending = child.run(stdout, stderr, context.runTimeout());
    stdout.close();
    stderr.close();
    if (stdout.overflowed()) {
      throw new TaskFailedException(
          "OUTPUT_TOO_LARGE",
          "The command of "
              + type
              + " wrote more than "
              + settings.outputLimitBytes()
              + " bytes (handler.output-limit) and was ended",
          false);
    }
    return switch (ending.cause()) {
      case STOPPED -> throw ChildProcess.stopped();
      case TIMED_OUT ->
          throw new TaskFailedException(
              "RUN_TIMEOUT", "The command of " + type + " ran out of time and was ended", true);
      case EXITED -> result(ending.exitCode(), stdout.kept(), stderr.lastWords());
    };
  }

  private ChildProcess start(TaskContext context) throws TaskFailedException {
    try {
      return ChildProcess.start(
          new ChildProcess.Launch(
              type + "-" + context.taskId(),
              resolved,
              Optional.empty(),
              settings.environment().forAttempt(context),
              context.payload()),
          launcher);
    } catch (IOException e) {
      throw notStarted(String.valueOf(e.getMessage()));
    }
  }

  private TaskOutput result(int exitCode, ByteString stdout, String lastWords)
      throws TaskFailedException {
    if (SessionLauncher.failed(exitCode, lastWords)) {
      throw notStarted(lastWords);
    }
    if (exitCode == 0) {
      return typed(stdout);
    }
    String message =
        lastWords.isEmpty()
            ? "The command of " + type + " ended with exit code " + exitCode + " without a word"
            : lastWords;
    throw exitCode == TRY_AGAIN
        ? new TaskFailedException("TRY_AGAIN", message, true)
        : new TaskFailedException("HANDLER_EXIT", message, false);
  }

  private TaskFailedException notStarted(String why) {
    return new TaskFailedException(
        "HANDLER_NOT_STARTED",
        "The command of " + type + " could not be started on this node: " + why,
        true);
  }

  private static TaskOutput typed(ByteString stdout) {
    if (!stdout.isValidUtf8()) {
      return TaskOutput.data(stdout);
    }
    return isJson(stdout)
        ? new TaskOutput("application/json", stdout, null)
        : TaskOutput.text(stdout.toStringUtf8());
  }

  /** Whether it is exactly one JSON value. */
  private static boolean isJson(ByteString bytes) {
    try (JsonParser parser = PayloadFields.JSON.createParser(bytes.toByteArray())) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }
}
