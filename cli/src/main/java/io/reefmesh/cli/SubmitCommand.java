package io.reefmesh.cli;

import com.google.protobuf.util.Durations;
import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.TaskText;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import io.reefmesh.v1.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Submits a task, and follows it if asked to. */
@Command(
    name = "submit",
    description = {
      "Submits a task. When it returns the task is safe with the gateway; its id is printed.",
      "With --wait the result is printed instead, with --watch everything that happens."
    },
    exitCodeList = {
      "0:accepted; with --wait or --watch: succeeded",
      "1:with --wait or --watch: the task failed, expired or was cancelled",
      "2:the command line is wrong",
      "3:no gateway answered",
      "5:the gateway refused the task (invalid, or overloaded)",
      "70:internal error"
    },
    footer = {
      "%nExamples:",
      "  reefmesh submit --type ping --wait",
      "  reefmesh submit --type tool-execution --json '{\"argv\":[\"date\"]}' --watch",
      "  reefmesh submit --type agent-turn --text 'Why is the sea salty?' --session s1 --watch",
      "  id=$(reefmesh submit --type ping --request-id nightly-7)"
    })
final class SubmitCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin MeshOptions mesh = new MeshOptions();
  @Mixin OutputOptions.Plain output = new OutputOptions.Plain();

  @Option(
      names = "--type",
      required = true,
      paramLabel = "TYPE",
      description = "Which handler runs it, such as ping, tool-execution or agent-turn.")
  String type = "";

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  @Nullable PayloadOptions payload;

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "1 to 10; 1 goes first. Default: 5.")
  @Nullable Integer priority;

  @Option(
      names = "--session",
      paramLabel = "ID",
      description = "Tasks of one session run one at a time, in order.")
  @Nullable String session;

  @Option(
      names = "--require",
      paramLabel = "CAPABILITY",
      description = "What a node must offer. May be repeated.")
  List<String> required = new ArrayList<>();

  @Option(
      names = "--select",
      paramLabel = "KEY=VALUE",
      description = "A label that a node must carry. May be repeated.")
  Map<String, String> selector = new LinkedHashMap<>();

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label of the task, for lists. May be repeated.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "From acceptance to the outcome, such as 30s or 2h. Default: 24h.")
  @Nullable Duration timeout;

  @Option(
      names = "--max-attempts",
      paramLabel = "N",
      description = "How often it may run, 1 to 100. Default: 3.")
  @Nullable Integer maxAttempts;

  @Option(
      names = "--request-id",
      paramLabel = "ID",
      description = "Repeats of one request id, within 24 h, are the same task.")
  @Nullable String requestId;

  @Option(names = "--wait", description = "Wait for the outcome and print the result.")
  boolean wait;

  @Option(names = "--watch", description = "Print output while it comes, then as --wait.")
  boolean watch;

  @Override
  public Integer call() throws InterruptedException {
    TaskSpec task = taskSpec();
    SubmitOptions options = options();
    return mesh.call(client -> submit(client, task, options));
  }

  private int submit(MeshClient client, TaskSpec task, SubmitOptions options)
      throws InterruptedException {
    Terminal terminal = ReefmeshCommand.terminal(spec);
    TaskHandle handle = client.submit(task, options);
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

  private TaskSpec taskSpec() {
    TaskSpec.Builder task =
        TaskSpec.newBuilder()
            .setType(type)
            .addAllRequiredCapabilities(required)
            .putAllNodeSelector(selector)
            .putAllLabels(labels);
    if (payload != null) {
      task.setPayload(payload.payload());
    }
    if (priority != null) {
      task.setPriority(priority);
    }
    if (session != null) {
      task.setSessionId(session);
    }
    if (timeout != null) {
      task.setTimeouts(Timeouts.newBuilder().setTotal(Durations.fromMillis(timeout.toMillis())));
    }
    if (maxAttempts != null) {
      task.setRetry(RetryPolicy.newBuilder().setMaxAttempts(maxAttempts));
    }
    return task.build();
  }
}
