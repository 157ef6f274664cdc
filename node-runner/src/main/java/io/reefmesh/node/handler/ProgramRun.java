package io.reefmesh.node.handler;

import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import java.time.Duration;

/**
 * A program that ran for a task to its end: what it wrote was passed on meanwhile, and its
 * beginning is kept.
 *
 * @param exitCode of the program
 */
record ProgramRun(int exitCode, OutputCollector stdout, OutputCollector stderr) {

  /**
   * Waits for a program, which the task's cancellation ends.
   *
   * @param name of the program, for messages
   * @param limitBytes how much of each stream is passed on and kept
   * @param slowHereOnly whether another node may be in time where this one was not
   * @throws TaskFailedException TOOL_TIMEOUT or TOOL_NOT_STARTED
   * @throws InterruptedException if the task was cancelled
   */
  static ProgramRun of(
      ChildProcess child,
      TaskContext context,
      String name,
      Duration timeout,
      int limitBytes,
      boolean slowHereOnly)
      throws TaskFailedException, InterruptedException {
    context.onCancel(child::stop);
    OutputCollector stdout = collector(context, OutputStreamKind.STDOUT, limitBytes);
    OutputCollector stderr = collector(context, OutputStreamKind.STDERR, limitBytes);
    ChildProcess.Ending ending = child.run(stdout, stderr, timeout);
    stdout.close();
    stderr.close();
    return switch (ending.cause()) {
      case STOPPED -> throw ChildProcess.stopped();
      case TIMED_OUT ->
          throw new TaskFailedException(
              "TOOL_TIMEOUT",
              name + " ran longer than " + timeout.toSeconds() + " s and was ended",
              slowHereOnly);
      case EXITED -> {
        if (SessionLauncher.failed(ending.exitCode(), stderr.lastWords())) {
          throw notStarted(name, stderr.lastWords());
        }
        yield new ProgramRun(ending.exitCode(), stdout, stderr);
      }
    };
  }

  private static OutputCollector collector(
      TaskContext context, OutputStreamKind kind, int limitBytes) {
    String name = kind == OutputStreamKind.STDOUT ? "stdout" : "stderr";
    return new OutputCollector(
        limitBytes,
        bytes -> context.output(kind, bytes),
        () ->
            context.progress(
                name + " is longer than " + limitBytes + " bytes: the rest is dropped"));
  }

  /** The result as JSON of at most {@code limitBytes}. */
  TaskOutput toOutput(int limitBytes) {
    ToolResult result =
        new ToolResult(
            exitCode, stdout.kept(), stdout.overflowed(), stderr.kept(), stderr.overflowed());
    return TaskOutput.json(result.toJson(limitBytes));
  }

  /** TOOL_NOT_STARTED: another node may be able to. */
  static TaskFailedException notStarted(String name, String why) {
    return new TaskFailedException(
        "TOOL_NOT_STARTED",
        PayloadFields.shortened(name) + " could not be started on this node: " + why,
        true);
  }
}
