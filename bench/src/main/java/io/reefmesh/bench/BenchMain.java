package io.reefmesh.bench;

import io.reefmesh.bench.process.BenchException;
import io.reefmesh.cli.ReefmeshCommand;
import java.util.Arrays;
import picocli.CommandLine;

/**
 * Where the bench's jar begins. It holds the whole command line of the mesh as well, beside
 * handlers for the nodes under test: every command but {@code bench} is the mesh's own.
 */
public final class BenchMain {

  private static final int FAILED = 70;
  private static final int USAGE = 2;
  private static final int HELP_COLUMNS = 100;

  private BenchMain() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    if (arguments.length == 0 || !arguments[0].equals("bench")) {
      ReefmeshCommand.main(arguments);
      return;
    }
    String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
    System.exit(commandLine().execute(rest));
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new BenchCommand());
    line.setUsageHelpWidth(HELP_COLUMNS);
    line.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n");
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          System.err.println("reefmesh bench: " + failure.getMessage());
          if (!(failure instanceof BenchException)) {
            failure.printStackTrace();
          }
          return FAILED;
        });
    line.setParameterExceptionHandler(
        (failure, arguments) -> {
          System.err.println("reefmesh bench: " + failure.getMessage());
          System.err.println("Try: reefmesh bench --help");
          return USAGE;
        });
    return line;
  }
}
