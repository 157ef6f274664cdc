package io.reefmesh.cli;

import com.google.protobuf.util.Timestamps;
import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.TaskText;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.TaskPage;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import io.reefmesh.v1.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks at tasks and ends them. */
@Command(
    name = "tasks",
    description = "Lists tasks, shows one, follows one, or ends one.",
    subcommands = {
      TasksCommand.ListTasks.class,
      TasksCommand.Get.class,
      TasksCommand.Watch.class,
      TasksCommand.Cancel.class
    },
    footer = {
      "%nExamples:",
      "  reefmesh tasks list --state running",
      "  reefmesh tasks get 01jdz8k3m7x2c",
      "  reefmesh tasks watch 01jdz8k3m7x2c",
      "  reefmesh tasks cancel 01jdz8k3m7x2c --reason 'no longer needed'"
    })
final class TasksCommand {

  /** One page of tasks. */
  @Command(
      name = "list",
      description = "Lists tasks, newest first, without payloads.",
      exitCodeList = {"0:ok", "2:usage", "3:no gateway answered", "5:refused", "70:internal error"},
      footer = {
        "%nExamples:",
        "  reefmesh tasks list --type ping --since 1h",
        "  reefmesh tasks list --state queued --state running --json"
      })
  static final class ListTasks implements Callable<Integer> {

    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin MeshOptions mesh = new MeshOptions();
    @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description =
            "queued, assigned, running, succeeded, failed, cancelled or expired. May be repeated.")
    List<String> states = new ArrayList<>();

    @Option(names = "--type", paramLabel = "TYPE", description = "Of this type.")
    String type = "";

    @Option(names = "--node", paramLabel = "ID", description = "Last given to this node.")
    String node = "";

    @Option(names = "--session", paramLabel = "ID", description = "Of this session.")
    String session = "";

    @Option(
        names = "--label",
        paramLabel = "KEY=VALUE",
        description = "With this label. May be repeated.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(
        names = "--since",
        paramLabel = "TIME",
        description = "Created at most so long ago, such as 1h.")
    @Nullable Duration since;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "50",
        description = "At most so many, 1 to 1000. Default: ${DEFAULT-VALUE}.")
    int limit = 50;

    @Option(
        names = "--page-token",
        paramLabel = "TOKEN",
        description = "Go on where the list before ended.")
    String pageToken = "";

    @Override
    public Integer call() throws InterruptedException {
      ListTasksRequest request =
          ListTasksRequest.newBuilder()
              .setFilter(filter())
              .setPageSize(limit)
              .setPageToken(pageToken)
              .build();
      TaskPage page = mesh.call(client -> client.list(request));
      Terminal terminal = ReefmeshCommand.terminal(spec);
      if (output.json()) {
        terminal.line(ProtoJson.line("tasks", page.tasks(), page.nextPageToken()));
        return ExitCode.OK;
      }
      terminal.line(TaskText.table(page.tasks(), Instant.now()).stripTrailing());
      if (!page.nextPageToken().isEmpty()) {
        terminal.note("# more with --page-token " + page.nextPageToken());
      }
      return ExitCode.OK;
    }

    private TaskFilter filter() {
      TaskFilter.Builder filter =
          TaskFilter.newBuilder()
              .setType(type)
              .setNodeId(node)
              .setSessionId(session)
              .putAllLabels(labels);
      states.forEach(word -> filter.addStates(state(word)));
      if (since != null) {
        filter.setCreatedAfter(Timestamps.fromMillis(Instant.now().minus(since).toEpochMilli()));
      }
      return filter.build();
    }

    private static TaskState state(String word) {
      for (TaskState state : TaskState.values()) {
        if (state != TaskState.TASK_STATE_UNSPECIFIED
            && state != TaskState.UNRECOGNIZED
            && TaskText.name(state).equalsIgnoreCase(word)) {
          return state;
        }
      }
      throw new CommandException(
          ExitCode.USAGE,
          "--state is \""
              + word
              + "\": it must be queued, assigned, running, succeeded, failed, cancelled or expired");
    }
  }

  /** One task. */
  @Command(
      name = "get",
      description = "Shows a task: its state, why it waits, its attempts, its result.",
      exitCodeList = {
        "0:ok",
        "2:usage",
        "3:no gateway answered",
        "4:no such task",
        "70:internal error"
      },
      footer = {"%nExample:", "  reefmesh tasks get 01jdz8k3m7x2c --json"})
  static final class Get implements Callable<Integer> {

    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin MeshOptions mesh = new MeshOptions();
    @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

    @Parameters(paramLabel = "ID", description = "The task's id.")
    String id = "";

    @Override
    public Integer call() throws InterruptedException {
      Task task = mesh.call(client -> client.get(id));
      Terminal terminal = ReefmeshCommand.terminal(spec);
      if (output.json()) {
        terminal.line(ProtoJson.line(task));
        return ExitCode.OK;
      }
      terminal.line(TaskText.details(task, Instant.now()).stripTrailing());
      if (task.hasResult()) {
        terminal.line("");
        EventPrinter.printResult(terminal, task);
      }
      return ExitCode.OK;
    }
  }

  /** A task until its end. */
  @Command(
      name = "watch",
      description = {
        "Follows a task from its beginning to its outcome: its output on standard output, what",
        "happens to it on standard error. With --json every event is a line."
      },
      exitCodeList = {
        "0:it succeeded",
        "1:it failed, expired or was cancelled",
        "2:usage",
        "3:no gateway answered",
        "4:no such task",
        "70:internal error"
      },
      footer = {"%nExample:", "  reefmesh tasks watch 01jdz8k3m7x2c"})
  static final class Watch implements Callable<Integer> {

    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin MeshOptions mesh = new MeshOptions();
    @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

    @Parameters(paramLabel = "ID", description = "The task's id.")
    String id = "";

    @Override
    public Integer call() throws InterruptedException {
      Terminal terminal = ReefmeshCommand.terminal(spec);
      return mesh.call(
          client -> {
            // A watch waits long for its gateway; whether there is one at all shows here, and soon.
            client.get(id);
            return SubmitCommand.follow(client, id, terminal, output.json());
          });
    }
  }

  /** Ends a task. */
  @Command(
      name = "cancel",
      description = "Ends a task that has not ended, and shows the state it is then in.",
      exitCodeList = {
        "0:ok, also if it had ended before",
        "2:usage",
        "3:no gateway answered",
        "4:no such task",
        "5:refused",
        "70:internal error"
      },
      footer = {"%nExample:", "  reefmesh tasks cancel 01jdz8k3m7x2c --reason 'wrong input'"})
  static final class Cancel implements Callable<Integer> {

    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin MeshOptions mesh = new MeshOptions();
    @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

    @Parameters(paramLabel = "ID", description = "The task's id.")
    String id = "";

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        description = "Kept with the task, at most 256 characters.")
    String reason = "";

    @Override
    public Integer call() throws InterruptedException {
      Task task = mesh.call(client -> client.cancel(id, reason));
      ReefmeshCommand.terminal(spec)
          .line(output.json() ? ProtoJson.line(task) : TaskText.outcome(task));
      return ExitCode.OK;
    }
  }
}
