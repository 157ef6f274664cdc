package io.reefmesh.cli;

import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.TaskText;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.TaskPage;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.Task;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks at tasks, ends them, and runs them again. */
@Command(
    name = "tasks",
    description = "Lists tasks; shows, explains, follows, ends one; runs ended ones again.",
    subcommands = {
      TasksCommand.ListTasks.class,
      TasksCommand.Get.class,
      TasksCommand.Watch.class,
      TasksCommand.Cancel.class,
      TasksRetryCommand.class,
      TasksExplainCommand.class
    },
    footer = {
      "%nExamples:",
      "  reefmesh tasks list --state running",
      "  reefmesh tasks get 01jdz8k3m7x2c",
      "  reefmesh tasks watch 01jdz8k3m7x2c",
      "  reefmesh tasks explain 01jdz8k3m7x2c",
      "  reefmesh tasks cancel 01jdz8k3m7x2c --reason 'no longer needed'",
      "  reefmesh tasks retry --state failed --type agent-turn --since 1h"
    })
final class TasksCommand {

  /** What the commands about one task share. */
  static final class OneTask {

    @Mixin MeshOptions mesh = new MeshOptions();
    @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

    @Parameters(paramLabel = "ID", description = "The task's id.")
    String id = "";

    boolean json() {
      return output.json();
    }
  }

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

    @Mixin TaskFilterOptions filter = new TaskFilterOptions();

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
              .setFilter(filter.filter())
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
    @Mixin OneTask task = new OneTask();

    @Override
    public Integer call() throws InterruptedException {
      Task found = task.mesh.call(client -> client.get(task.id));
      Terminal terminal = ReefmeshCommand.terminal(spec);
      if (task.json()) {
        terminal.line(ProtoJson.line(found));
        return ExitCode.OK;
      }
      terminal.line(TaskText.details(found, Instant.now()).stripTrailing());
      if (found.hasResult()) {
        terminal.line("");
        EventPrinter.printResult(terminal, found);
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
    @Mixin OneTask task = new OneTask();

    @Override
    public Integer call() throws InterruptedException {
      Terminal terminal = ReefmeshCommand.terminal(spec);
      return task.mesh.call(
          client -> {
            // A watch waits long for its gateway; whether there is one at all shows here, and soon.
            client.get(task.id);
            return SubmitCommand.follow(client, task.id, terminal, task.json());
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
    @Mixin OneTask task = new OneTask();

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        description = "Kept with the task, at most 256 characters.")
    String reason = "";

    @Override
    public Integer call() throws InterruptedException {
      Task ended = task.mesh.call(client -> client.cancel(task.id, reason));
      ReefmeshCommand.terminal(spec)
          .line(task.json() ? ProtoJson.line(ended) : TaskText.outcome(ended));
      return ExitCode.OK;
    }
  }
}
