package io.reefmesh.cli;

import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.v1.RetriedTask;
import io.reefmesh.v1.RetryTasksRequest;
import io.reefmesh.v1.RetryTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs ended tasks again. */
@Command(
    name = "retry",
    description = {
      "Runs failed, cancelled or expired tasks again, as new tasks that name the old ones: those",
      "whose ids are given, or all that match the filters, oldest first. Prints \"OLD NEW\" a line."
    },
    exitCodeList = {
      "0:all were accepted",
      "2:usage",
      "3:no gateway answered",
      "4:no such task",
      "5:one was refused, for example because it has not ended",
      "70:internal error"
    },
    footer = {
      "%nExamples:",
      "  reefmesh tasks retry 01jdz8k3m7x2c",
      "  reefmesh tasks retry --state failed --type agent-turn --since 1h",
      "  reefmesh tasks retry --all --limit 1000 --request-id after-the-outage"
    })
final class TasksRetryCommand implements Callable<Integer> {

  private static final int PAGE = 500;
  private static final int MAX_REQUEST_ID = 64;

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin MeshOptions mesh = new MeshOptions();
  @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();
  @Mixin TaskFilterOptions filter = new TaskFilterOptions();

  @Parameters(paramLabel = "ID", arity = "0..*", description = "Tasks to run again.")
  List<String> ids = new ArrayList<>();

  @Option(names = "--all", description = "All that ended without a result.")
  boolean all;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "10000",
      description = "With filters: at most so many. Default: ${DEFAULT-VALUE}.")
  int limit = 10_000;

  @Option(
      names = "--request-id",
      paramLabel = "ID",
      description = "Repeats of the command with one request id, within 24 h, make no more tasks.")
  @Nullable String requestId;

  private int refused;

  @Override
  public Integer call() throws InterruptedException {
    TaskFilter meant = filter.filter();
    boolean filtered = !meant.equals(TaskFilter.getDefaultInstance());
    if (ids.isEmpty() ? filtered == all : filtered || all) {
      throw new ParameterException(
          spec.commandLine(), "name tasks by their ids, or by filters, or give --all");
    }
    if (requestId != null && (requestId.isEmpty() || requestId.length() > MAX_REQUEST_ID)) {
      throw new ParameterException(
          spec.commandLine(), "--request-id has 1 to " + MAX_REQUEST_ID + " characters");
    }
    String once = requestId == null ? SubmitOptions.newTask().requestId() : requestId;
    return mesh.call(
        client -> ids.isEmpty() ? retryAll(client, meant, once) : retryEach(client, once));
  }

  private int retryEach(MeshClient client, String once) throws InterruptedException {
    int worst = ExitCode.OK;
    for (String id : ids) {
      try {
        SubmitOptions options = new SubmitOptions(once + "/" + id);
        Task task = MeshOptions.await(client.retryAsync(id, options));
        print(RetriedTask.newBuilder().setOldId(id).setNewId(task.getId()).build());
      } catch (MeshException e) {
        FailureReport report = FailureReport.of(e);
        if (report.exitCode() == ExitCode.UNREACHABLE) {
          throw e;
        }
        terminal().note("reefmesh: " + report.message());
        worst = Math.max(worst, report.exitCode());
      }
    }
    return worst;
  }

  private int retryAll(MeshClient client, TaskFilter meant, String once) {
    int left = limit;
    String token = "";
    do {
      RetryTasksResponse page =
          client.retryAll(
              RetryTasksRequest.newBuilder()
                  .setFilter(meant)
                  .setLimit(Math.min(left, PAGE))
                  .setRequestId(once)
                  .setPageToken(token)
                  .build());
      page.getTasksList().forEach(this::print);
      left -= page.getTasksCount();
      token = page.getNextPageToken();
    } while (!token.isEmpty() && left > 0 && refused == 0);
    if (!token.isEmpty()) {
      terminal()
          .note(
              refused > 0
                  ? "# stopped at the first refusals: the same command with --request-id "
                      + once
                      + " goes on with the rest"
                  : "# there may be more: this was --limit " + limit);
    }
    return refused == 0 ? ExitCode.OK : ExitCode.REFUSED;
  }

  private void print(RetriedTask retried) {
    if (retried.hasRefusal()) {
      refused++;
      terminal().note("reefmesh: " + retried.getOldId() + ": " + retried.getRefusal().getMessage());
    }
    if (output.json()) {
      terminal().line(ProtoJson.line(retried));
    } else if (!retried.hasRefusal()) {
      terminal().line(retried.getOldId() + " " + retried.getNewId());
    }
  }

  private Terminal terminal() {
    return ReefmeshCommand.terminal(spec);
  }
}
