package io.reefmesh.cli;

import io.reefmesh.cli.demo.DemoCommand;
import io.reefmesh.cli.output.Durations;
import io.reefmesh.cli.output.Terminal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** The root of the command line, and where the process begins. */
@Command(
    name = "reefmesh",
    description = {
      "A task mesh for AI assistants: one gateway, many nodes, one stream each.",
      "Start with: reefmesh demo"
    },
    versionProvider = VersionCommand.Provider.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      GatewayCommand.class,
      NodeCommand.class,
      SubmitCommand.class,
      TasksCommand.class,
      NodesCommand.class,
      VersionCommand.class,
      CompletionCommand.class
    },
    exitCodeList = {
      " 0:it worked",
      " 1:the task that was waited for failed, expired or was cancelled",
      " 2:the command line or a setting is wrong",
      " 3:no gateway answered",
      " 4:no such task or node",
      " 5:the gateway refused (invalid, overloaded)",
      "70:internal error"
    },
    footer = {
      "%nExamples:",
      "  reefmesh demo",
      "  reefmesh gateway",
      "  reefmesh node --gateway 127.0.0.1:7420 --allow sha256sum",
      "  reefmesh submit --type ping --wait"
    })
public final class ReefmeshCommand {

  private static final int HELP_COLUMNS = 100;

  private final Terminal terminal;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  boolean version;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show stack traces of errors, and the log of short commands.")
  boolean debug = "debug".equalsIgnoreCase(System.getenv("LOG_LEVEL"));

  private ReefmeshCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(run(Terminal.ofProcess(), arguments));
  }

  /**
   * Runs a command.
   *
   * @return one of {@link ExitCode}, or what the help of the command says
   */
  public static int run(Terminal terminal, String... arguments) {
    return commandLine(terminal).execute(arguments);
  }

  /** Where a command prints. */
  public static Terminal terminal(CommandSpec spec) {
    return ((ReefmeshCommand) spec.root().userObject()).terminal;
  }

  static CommandLine commandLine(Terminal terminal) {
    ReefmeshCommand root = new ReefmeshCommand(terminal);
    CommandLine line = new CommandLine(root);
    line.setOut(terminal.outWriter());
    line.setErr(terminal.errWriter());
    line.registerConverter(Duration.class, ReefmeshCommand::duration);
    line.setParameterExceptionHandler(root::usageError);
    line.setExecutionExceptionHandler(root::failure);
    line.setExecutionStrategy(root::runLast);
    line.setUsageHelpWidth(HELP_COLUMNS);
    headExitCodes(line);
    return line;
  }

  private static void headExitCodes(CommandLine line) {
    line.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n");
    line.getSubcommands().values().forEach(ReefmeshCommand::headExitCodes);
  }

  private int runLast(ParseResult parsed) {
    if (!isLongLived(parsed)) {
      ProcessLog.quiet(debug);
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  /** They set their log up themselves, from their settings. */
  private static boolean isLongLived(ParseResult parsed) {
    return parsed.hasSubcommand()
        && (parsed.subcommand().commandSpec().userObject() instanceof GatewayCommand
            || parsed.subcommand().commandSpec().userObject() instanceof NodeCommand);
  }

  private static Duration duration(String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private int usageError(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    say(String.valueOf(e.getMessage()), e);
    terminal.note("Try: " + line.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  private int failure(Exception e, CommandLine line, ParseResult parsed) {
    FailureReport report = FailureReport.of(e);
    say(report.message(), e);
    return report.exitCode();
  }

  private void say(String message, Exception e) {
    terminal.note("reefmesh: " + message);
    if (debug) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      terminal.note(trace.toString());
    }
  }
}
