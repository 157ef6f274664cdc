package io.reefmesh.chaos;

import io.reefmesh.chaos.work.ChaosNode;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of chaos runs. */
@Command(
    name = "chaos",
    description = "Real processes under real faults, and a checker of the promises.",
    subcommands = {ChaosCommand.class, KillsCommand.class, NodeLossCommand.class, ChaosNode.class},
    mixinStandardHelpOptions = true)
public final class Chaos {

  private Chaos() {}

  /** Runs a command: 0 everything held, 1 something did not, 2 a wrong option, 70 it broke. */
  public static void main(String[] args) {
    CommandLine command = new CommandLine(new Chaos());
    command.setExitCodeExceptionMapper(why -> 70);
    System.exit(command.execute(args));
  }
}
