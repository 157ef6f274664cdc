package io.reefmesh.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lets a shell complete our commands and options. */
@Command(
    name = "completion",
    description = "Prints a completion script for bash and zsh.",
    footer = {"%nExample:", "  source <(reefmesh completion)"})
final class CompletionCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    ReefmeshCommand.terminal(spec)
        .line(AutoComplete.bash("reefmesh", spec.root().commandLine()).stripTrailing());
    return ExitCode.OK;
  }
}
