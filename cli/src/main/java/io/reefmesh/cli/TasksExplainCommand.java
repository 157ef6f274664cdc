package io.reefmesh.cli;

import io.reefmesh.cli.output.ExplanationText;
import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.v1.ExplainTaskResponse;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Why a task waits. */
@Command(
    name = "explain",
    description = {
      "Says why a task waits, with a verdict on every node; where it runs; or what became of it."
    },
    exitCodeList = {
      "0:ok",
      "2:usage",
      "3:no gateway answered",
      "4:no such task",
      "5:refused",
      "70:internal error"
    },
    footer = {"%nExample:", "  reefmesh tasks explain 01jdz8k3m7x2c"})
final class TasksExplainCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin TasksCommand.OneTask task = new TasksCommand.OneTask();

  @Override
  public Integer call() throws InterruptedException {
    ExplainTaskResponse explanation = task.mesh.call(client -> client.explain(task.id));
    ReefmeshCommand.terminal(spec)
        .line(
            task.json()
                ? ProtoJson.line(explanation)
                : ExplanationText.of(explanation, Instant.now()).stripTrailing());
    return ExitCode.OK;
  }
}
