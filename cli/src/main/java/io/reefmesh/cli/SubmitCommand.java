package io.reefmesh.cli;

import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.TaskText;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Submits a task, and follows it if asked to. */
@Command(
    name = "submit",
    description = {
      "Submits a task. When it returns the task is safe with the gateway; its id is printed.",
      "With --wait the result is printed instead, with --watch everything that happens.",
      "With --from every line of a file is a task: their ids are printed in the order of the lines,",
      "with --wait their outcomes; a line that is refused is told on standard error."
    },
    exitCodeList = {
      "0:accepted (with --from: all); with --wait or --watch: succeeded",
      "1:with --wait or --watch: the task failed, expired or was cancelled",
      "2:the command line is wrong",
      "3:no gateway answered",
      "5:the gateway refused the task (invalid, or overloaded), or one of many",
      "70:internal error"
    },
    footer = {
      "%nExamples:",
      "  reefmesh submit --type ping --wait",
      "  reefmesh submit --type tool-execution --json '{\"argv\":[\"date\"]}' --watch",
      "  reefmesh submit --type agent-turn --text 'Why is the sea salty?' --session s1 --watch",
      "  id=$(reefmesh submit --type ping --request-id nightly-7)",
      "  reefmesh submit --from tasks.jsonl --request-id import-1 --wait -o json"
    })
final class SubmitCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin MeshOptions mesh = new MeshOptions();
  @Mixin OutputOptions.Plain output = new OutputOptions.Plain();

  @Mixin TaskSpecOptions task = new TaskSpecOptions();

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = {
        "Submit many tasks: one JSON object a line, a task's specification or",
        "{\"request_id\": …, \"spec\": …}; - reads standard input. The other options fill in what",
        "a line leaves out."
      })
  @Nullable String from;

  @Option(
      names = "--request-id",
      paramLabel = "ID",
      description =
          "Repeats of one request id, within 24 h, are the same task. With --from, line N gets ID-N.")
  @Nullable String requestId;

  @Option(names = "--wait", description = "Wait for the outcome and print the result.")
  boolean wait;

  @Option(names = "--watch", description = "Print output while it comes, then as --wait.")
  boolean watch;

  @Override
  public Integer call() throws InterruptedException {
    if (from != null) {
      return submitMany(from);
    }
    if (task.type.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "Missing required option: '--type=TYPE'");
    }
    TaskSpec single = task.spec();
    SubmitOptions options = options();
    return mesh.call(client -> submit(client, single, options));
  }

  private int submitMany(String file) throws InterruptedException {
    if (watch) {
      throw new ParameterException(
          spec.commandLine(), "--from and --watch do not go together: --wait prints the outcomes");
    }
    TaskSpec defaults = task.spec();
    String prefix = options().requestId();
    Terminal terminal = ReefmeshCommand.terminal(spec);
    try (SubmissionLines lines = SubmissionLines.open(file, defaults, prefix)) {
      return mesh.call(
          client -> new BatchSubmit(client, terminal, output.json(), wait).submit(lines));
    }
  }

  private int submit(MeshClient client, TaskSpec single, SubmitOptions options)
      throws InterruptedException {
    Terminal terminal = ReefmeshCommand.terminal(spec);
    TaskHandle handle = client.submit(single, options);
    Task accepted = MeshOptions.await(handle.submitted());
    if (watch) {
      return follow(client, accepted.getId(), terminal, output.json());
    }
    if (!wait) {
      terminal.line(output.json() ? ProtoJson.line(accepted) : accepted.getId());
      return ExitCode.OK;
    }
    if (!output.json()) {
      terminal.note("# task " + accepted.getId());
    }
    Task outcome = MeshOptions.await(handle.outcome());
    if (output.json()) {
      terminal.line(ProtoJson.line(outcome));
    } else if (outcome.getState() == TaskState.TASK_STATE_SUCCEEDED) {
      EventPrinter.printResult(terminal, outcome);
    }
    return exitCode(outcome, terminal);
  }

  /** Prints a task's events until its outcome, and gives the exit code for it. */
  static int follow(MeshClient client, String id, Terminal terminal, boolean json)
      throws InterruptedException {
    Task outcome = MeshOptions.await(client.watch(id, new EventPrinter(terminal, json)).finished());
    return exitCode(outcome, terminal);
  }

  private static int exitCode(Task outcome, Terminal terminal) {
    if (outcome.getState() == TaskState.TASK_STATE_SUCCEEDED) {
      return ExitCode.OK;
    }
    terminal.note("reefmesh: " + TaskText.outcome(outcome));
    return ExitCode.TASK_FAILED;
  }

  private SubmitOptions options() {
    try {
      return requestId == null ? SubmitOptions.newTask() : new SubmitOptions(requestId);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, "--request-id: " + e.getMessage(), e);
    }
  }
}
