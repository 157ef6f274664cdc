package io.reefmesh.bench;

import io.reefmesh.bench.cases.BenchCase;
import io.reefmesh.bench.cases.BenchCases;
import io.reefmesh.bench.process.BenchException;
import io.reefmesh.bench.process.Launcher;
import io.reefmesh.bench.report.Machine;
import io.reefmesh.bench.report.Report;
import io.reefmesh.bench.report.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the mesh and, in the same run, what the machine can do without it. */
@Command(
    name = "reefmesh bench",
    description = {
      "Measures the mesh. Starts a gateway and nodes as processes, drives them, and measures what the",
      "machine can do without them (the limit) before and after each case. Progress goes to standard",
      "error, a table to standard output. See docs/performance.md.",
      "%nCases:",
      "  stream_lifecycle  durable lifecycles through SubmitTasks; limit: the same rows in SQLite",
      "  unary_result      SubmitTask and the watched result; limit: a unary echo",
      "  dispatch_latency  submit to handler start, open loop; limit: an echo with one fsync",
      "  output_relay      an output chunk from node to caller; limit: two echo hops",
      "  fleet_10k         lifecycles with 10,000 linked nodes; limit: with 10",
      "  picker_scaling    time per pick with 10,000 nodes; limit: with 10",
      "  backlog_1m        submissions behind 1,000,000 queued tasks; limit: in front of them",
      "  overload          completions at ten times the capacity; limit: the peak rate"
    },
    exitCodeList = {
      "0:measured",
      "2:the command line is wrong",
      "70:a case could not be measured, and it says why"
    },
    footer = {
      "%nExamples:",
      "  reefmesh bench --quick",
      "  reefmesh bench --case stream_lifecycle --seconds 30 --jfr",
      "  reefmesh bench --case unary_result --case dispatch_latency --json"
    })
final class BenchCommand implements Callable<Integer> {

  private static final int FAILED = 70;
  private static final int QUICK_SECONDS = 6;
  private static final double WARM_UP_SECONDS = 40;
  private static final double QUICK_WARM_UP_SECONDS = 10;
  private static final int LARGEST_PAYLOAD = 1 << 20;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(
      names = "--case",
      paramLabel = "NAME",
      split = ",",
      description = "A case to measure; may be repeated. Default: all.")
  List<String> names = new ArrayList<>();

  @Option(names = "--quick", description = "The first four cases, in under three minutes.")
  boolean quick;

  @Option(
      names = "--limits",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Measure the limits as well (the default), or not: --no-limits.")
  boolean limits;

  @Option(names = "--json", description = "Print one JSON object instead of the table.")
  boolean json;

  @Option(
      names = "--target",
      paramLabel = "HOST:PORT",
      defaultValue = "",
      description = {
        "A gateway that runs already. Nodes are started and linked to it; what the gateway takes of",
        "processor time is then unknown. Not for fleet_10k, backlog_1m and overload."
      })
  String target = "";

  @Option(
      names = "--payload-bytes",
      paramLabel = "N",
      defaultValue = "300",
      description = "Payload of a task, and its result. Default: ${DEFAULT-VALUE}.")
  int payloadBytes;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "Node processes; 0 with a target that has nodes with the bench's handlers. Default:"
              + " ${DEFAULT-VALUE}.")
  int nodes;

  @Option(
      names = "--slots",
      paramLabel = "N",
      defaultValue = "512",
      description = "Slots of each node. Default: ${DEFAULT-VALUE}.")
  int slots;

  @Option(
      names = "--clients",
      paramLabel = "N",
      defaultValue = "1",
      description = "Connections that drive the load. Default: ${DEFAULT-VALUE}.")
  int clients;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Tasks under way in closed loops. Default: 1024 by stream, 64 unary.")
  @Nullable Integer inFlight;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Tasks per second in open loops. Default: ${DEFAULT-VALUE}.")
  double rate;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "How long is measured. Default: 15, with --quick 6.")
  @Nullable Double seconds;

  @Option(
      names = "--warm-up-seconds",
      paramLabel = "S",
      description = {
        "What comes before and does not count: Java's compiler takes a whole processor for most of",
        "a minute. Default: 40, with --quick 10."
      })
  @Nullable Double warmUp;

  @Option(
      names = "--sdk",
      description = "Drive unary tasks through the client library, not the generated stubs.")
  boolean sdk;

  @Option(
      names = "--unary",
      description =
          "Submit the tasks of dispatch_latency one by one, without request ids, and watch each.")
  boolean unary;

  @Option(
      names = "--fleet",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Nodes of fleet_10k. Default: ${DEFAULT-VALUE}.")
  int fleet;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Tasks of backlog_1m. Default: ${DEFAULT-VALUE}.")
  int backlog;

  @Option(
      names = "--jfr",
      description = "Record all processes of the first four cases, and show their hottest frames.")
  boolean jfr;

  @Option(
      names = "--work-dir",
      paramLabel = "DIR",
      description = {
        "Where data and logs go; must be on the disk that is to be measured, not in memory.",
        "Default: a new folder in bench/target."
      })
  @Nullable Path workDir;

  @Option(names = "--keep", description = "Leave data, logs and recordings there.")
  boolean keep;

  @Override
  public Integer call() throws InterruptedException, IOException {
    List<BenchCase> cases = cases();
    checkNumbers();
    Progress progress = new Progress(System.err);
    Path work = workFolder();
    Map<String, Object> machine = Machine.facts();
    progress.say("machine: " + machine);
    BenchRun run = new BenchRun(options(), Launcher.ofThisProcess(work, jfr), progress);
    List<Result> results = new ArrayList<>();
    int failed = 0;
    for (BenchCase one : cases) {
      progress.say("case " + one.name() + ": " + one.about());
      try {
        results.add(one.run(run));
      } catch (BenchException e) {
        failed++;
        progress.say("case " + one.name() + " could not be measured: " + e.getMessage());
      }
    }
    Report report = new Report(machine, results);
    System.out.println(json ? report.json() : report.table());
    if (keep || jfr || failed > 0) {
      progress.say("data, logs and recordings are in " + work);
    } else {
      delete(work);
    }
    return failed == 0 ? 0 : FAILED;
  }

  private List<BenchCase> cases() {
    if (names.isEmpty()) {
      return BenchCases.ALL.stream().filter(one -> !quick || one.isQuick()).toList();
    }
    return names.stream()
        .map(
            name ->
                BenchCases.named(name)
                    .orElseThrow(
                        () ->
                            wrong(
                                "--case is "
                                    + name
                                    + ": it must be one of "
                                    + BenchCases.ALL.stream().map(BenchCase::name).toList())))
        .toList();
  }

  private void checkNumbers() {
    require("--payload-bytes", payloadBytes, 8, LARGEST_PAYLOAD);
    require("--nodes", nodes, target.isEmpty() ? 1 : 0, 64);
    require("--slots", slots, 1, 10_000);
    require("--clients", clients, 1, 64);
    require("--in-flight", inFlight == null ? 1 : inFlight, 1, 100_000);
    require("--rate", rate, 1, 1_000_000);
    require("--seconds", measuredSeconds(), 1, 86_400);
    require("--warm-up-seconds", warmUpSeconds(), 0, 86_400);
    require("--fleet", fleet, 12, 20_000);
    require("--backlog", backlog, 1_000, 5_000_000);
  }

  private void require(String option, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw wrong("%s is %s: it must be %.0f to %.0f".formatted(option, shown(value), least, most));
    }
  }

  private static String shown(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private double measuredSeconds() {
    if (seconds != null) {
      return seconds;
    }
    return quick ? QUICK_SECONDS : 15;
  }

  private double warmUpSeconds() {
    if (warmUp != null) {
      return warmUp;
    }
    return quick ? QUICK_WARM_UP_SECONDS : WARM_UP_SECONDS;
  }

  private BenchOptions options() {
    return new BenchOptions(
        target,
        payloadBytes,
        nodes,
        slots,
        clients,
        inFlight == null ? OptionalInt.empty() : OptionalInt.of(inFlight),
        rate,
        Duration.ofMillis(Math.round(measuredSeconds() * 1_000)),
        Duration.ofMillis(Math.round(warmUpSeconds() * 1_000)),
        limits,
        sdk,
        unary,
        fleet,
        backlog);
  }

  /** Not in the system's temporary folder, which may be memory: there an fsync costs nothing. */
  private Path workFolder() throws IOException {
    Path parent =
        workDir != null
            ? workDir.toAbsolutePath()
            : Path.of(System.getProperty("reefmesh.home", ""), "bench", "target").toAbsolutePath();
    Files.createDirectories(parent);
    return Files.createTempDirectory(parent, "run-");
  }

  private static void delete(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      paths
          .sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.deleteIfExists(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
