package io.reefmesh.node.handler;

import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.handler.HandlerSettings.ToolSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs programs that the operator of this node allows: argument by argument, never through a shell.
 * What they write is streamed while they run; how they ended is the result. A failure that another
 * node might not have (program not allowed or not there, time up) is retryable; an exit code that
 * the payload asks to check is not.
 */
final class ToolExecutionHandler implements TaskHandler {

  private static final Logger log = LoggerFactory.getLogger(ToolExecutionHandler.class);

  private final ToolSettings settings;

  /** Set once by {@link #start}: absolute paths, by bare name and by themselves. */
  private volatile Map<String, Path> programs = Map.of();

  private volatile Optional<Path> launcher = Optional.empty();

  ToolExecutionHandler(ToolSettings settings) {
    this.settings = settings;
  }

  @Override
  public String type() {
    return "tool-execution";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("tools");
  }

  @Override
  public void start() throws HandlerUnavailableException {
    ProgramFinder finder = new ProgramFinder(settings.environment().path());
    Map<String, Path> found = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    for (String program : settings.allow()) {
      Optional<Path> path = finder.find(program);
      if (path.isEmpty()) {
        missing.add(program);
        continue;
      }
      found.putIfAbsent(path.get().getFileName().toString(), path.get());
      found.put(path.get().toString(), path.get());
    }
    if (found.isEmpty()) {
      throw new HandlerUnavailableException(
          "none of the allowed programs is on this machine ("
              + String.join(", ", missing)
              + "): install one, or name others with tool.allow or --allow");
    }
    if (!missing.isEmpty()) {
      log.warn(
          "allowed programs {} are not on this machine: tasks that ask for them fail", missing);
    }
    programs = Map.copyOf(found);
    launcher = SessionLauncher.find(finder);
  }

  @Override
  public TaskOutput handle(TaskContext context) throws TaskFailedException, InterruptedException {
    ToolPayload payload = ToolPayload.parse(type(), context.payload(), settings.timeout());
    ChildProcess child = start(payload, context);
    String program = payload.argv().get(0);
    Duration timeout = payload.timeout().orElse(settings.timeout());
    int limit = settings.outputLimitBytes();
    ProgramRun run = ProgramRun.of(child, context, program, timeout, limit, true);
    if (payload.check() && run.exitCode() != 0) {
      throw new TaskFailedException(
          "TOOL_FAILED",
          (program + " ended with exit code " + run.exitCode() + ". " + run.stderr().lastWords())
              .strip(),
          false);
    }
    return run.toOutput(limit);
  }

  private ChildProcess start(ToolPayload payload, TaskContext context) throws TaskFailedException {
    Path directory = directory(payload);
    List<String> argv = new ArrayList<>(payload.argv());
    argv.set(0, program(payload.argv().get(0)).toString());
    try {
      return ChildProcess.start(
          new ChildProcess.Launch(
              "tool-" + context.taskId(),
              argv,
              Optional.of(directory),
              settings.environment().forAttempt(context),
              payload.stdin()),
          launcher);
    } catch (IOException e) {
      throw ProgramRun.notStarted(payload.argv().get(0), String.valueOf(e.getMessage()));
    }
  }

  private Path program(String name) throws TaskFailedException {
    Path path = programs.get(name);
    if (path == null) {
      throw new TaskFailedException(
          "TOOL_NOT_ALLOWED",
          "This node does not allow the program "
              + PayloadFields.shortened(name)
              + ": its operator names those that may run (tool.allow or --allow)",
          true);
    }
    if (!Files.isExecutable(path)) {
      throw ProgramRun.notStarted(name, path + " is no longer there or may not be executed");
    }
    return path;
  }

  private Path directory(ToolPayload payload) throws TaskFailedException {
    String cwd = payload.cwd().orElse("");
    try {
      Path directory = settings.workingDirectory().resolve(cwd);
      if (Files.isDirectory(directory)) {
        return directory;
      }
    } catch (InvalidPathException e) {
      log.debug("cwd is no path", e);
    }
    throw ProgramRun.notStarted(
        payload.argv().get(0),
        "cwd " + PayloadFields.shortened(cwd) + " is no folder on this node");
  }
}
