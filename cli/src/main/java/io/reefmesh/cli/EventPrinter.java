package io.reefmesh.cli;

import com.google.protobuf.ByteString;
import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.TaskText;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.Payloads;
import io.reefmesh.client.TaskListener;
import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.OutputKind;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskState;

/**
 * Prints what happens to a task while it happens. For people: output as it comes, notes about it on
 * standard error, and at the end the result, unless the output was the answer. For scripts: each
 * event as a line of JSON. Used by one thread at a time.
 */
final class EventPrinter implements TaskListener {

  private final Terminal terminal;
  private final boolean json;
  private TaskState lastState = TaskState.TASK_STATE_UNSPECIFIED;
  private boolean wroteOutput;

  EventPrinter(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  @Override
  public void onEvent(TaskEvent event) {
    if (json) {
      terminal.line(ProtoJson.line(event));
    }
  }

  @Override
  public void onState(Task task) {
    if (json) {
      return;
    }
    if (task.getState() != lastState) {
      lastState = task.getState();
      String why = task.getWaitReason().getMessage();
      terminal.note(
          "# task "
              + task.getId()
              + " "
              + TaskText.name(task.getState())
              + (why.isEmpty() ? "" : ": " + why));
    }
  }

  @Override
  public void onAttempt(AttemptStarted attempt) {
    if (json) {
      return;
    }
    terminal.note("# attempt " + attempt.getAttempt() + " on " + attempt.getNodeId());
    if (wroteOutput) {
      terminal.note("# the work began anew: what was printed before is void");
      wroteOutput = false;
    }
  }

  @Override
  public void onOutput(OutputChunk chunk) {
    if (json) {
      return;
    }
    if (isForStandardError(chunk.getKind())) {
      terminal.rawNote(Payloads.bytes(chunk));
    } else {
      terminal.raw(Payloads.bytes(chunk));
      wroteOutput = true;
    }
  }

  @Override
  public void onGap(OutputGap gap) {
    if (!json) {
      terminal.note("# output is missing here: " + gap.getMessage());
    }
  }

  @Override
  public void onFinished(Task task) {
    if (json) {
      return;
    }
    if (task.getState() == TaskState.TASK_STATE_SUCCEEDED) {
      terminal.note("# " + TaskText.outcome(task));
      if (!wroteOutput) {
        printResult(terminal, task);
      }
    }
  }

  /** The result's bytes, on lines of their own. */
  static void printResult(Terminal terminal, Task task) {
    ByteString result = Payloads.bytes(task.getResult());
    terminal.raw(result);
    if (!result.isEmpty() && result.byteAt(result.size() - 1) != '\n') {
      terminal.raw(ByteString.copyFromUtf8("\n"));
    }
  }

  private static boolean isForStandardError(OutputKind kind) {
    return switch (kind) {
      case OUTPUT_KIND_STDERR, OUTPUT_KIND_PROGRESS -> true;
      case OUTPUT_KIND_UNSPECIFIED,
          OUTPUT_KIND_TEXT,
          OUTPUT_KIND_STDOUT,
          OUTPUT_KIND_EVENT,
          UNRECOGNIZED ->
          false;
    };
  }
}
