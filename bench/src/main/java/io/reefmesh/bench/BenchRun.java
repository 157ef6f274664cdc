package io.reefmesh.bench;

import io.reefmesh.bench.jfr.RecordingSummary;
import io.reefmesh.bench.load.ClosedLoop;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.load.OpenLoop;
import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Window;
import io.reefmesh.bench.mesh.Mesh;
import io.reefmesh.bench.process.BenchException;
import io.reefmesh.bench.process.Launcher;
import io.reefmesh.bench.process.ProcFs;
import io.reefmesh.bench.report.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** What cases share: options, processes, and the ways to measure. Not thread-safe. */
public final class BenchRun {

  /** A limit that ran before runs again after this long. */
  private static final Duration LIMIT_AGAIN = Duration.ofSeconds(1);

  private final BenchOptions options;
  private final Launcher launcher;
  private final Progress progress;
  private final ProcFs proc = new ProcFs();
  private int meshes;

  /** With everything it needs. */
  public BenchRun(BenchOptions options, Launcher launcher, Progress progress) {
    this.options = options;
    this.launcher = launcher;
    this.progress = progress;
  }

  /** What was asked for. */
  public BenchOptions options() {
    return options;
  }

  /** Starts processes. */
  public Launcher launcher() {
    return launcher;
  }

  /** Tells how far it is. */
  public Progress progress() {
    return progress;
  }

  /** What the system says of processes. */
  public ProcFs proc() {
    return proc;
  }

  /** A mesh with a data folder of its own; nothing of it runs yet. */
  public Mesh newMesh(List<String> gatewaySettings, List<String> gatewayJavaOptions) {
    Path data = launcher.work().resolve("data-" + ++meshes);
    return new Mesh(launcher, data, options.target(), gatewaySettings, gatewayJavaOptions);
  }

  /** A running mesh with as many nodes as asked for. */
  public Mesh startMesh() throws InterruptedException {
    progress.say(
        "starting "
            + (options.target().isEmpty() ? "a gateway and " : "")
            + options.nodes()
            + " nodes of "
            + options.slots()
            + " slots");
    Mesh mesh = newMesh(List.of(), List.of());
    try {
      mesh.startGateway();
      mesh.startNodes(options.nodes(), options.slots());
      return mesh;
    } catch (InterruptedException | RuntimeException e) {
      mesh.close();
      throw e;
    }
  }

  /**
   * A case that needs a gateway of its own.
   *
   * @throws BenchException if a target was given
   */
  public void requireOwnGateway(String name) {
    if (!options.target().isEmpty()) {
      throw new BenchException(
          name + " needs a gateway of its own, with settings of its own: leave --target out");
    }
  }

  /** Measures processes from now on. */
  public MeasuredWindow window(Map<String, Long> pidByName) {
    return new MeasuredWindow(
        proc, pidByName, launcher.jfr() ? launcher.recordingOf("client") : null);
  }

  /** Runs a closed loop. */
  public Figures closed(
      String what, Operation operation, int inFlight, Duration warmUp, Duration time, Window window)
      throws InterruptedException {
    announce(what, inFlight + " in flight", warmUp, time);
    return checked(what, new ClosedLoop(operation, inFlight).run(warmUp, time, window));
  }

  /** Runs an open loop. */
  public Figures open(
      String what,
      Operation operation,
      double rate,
      Duration warmUp,
      Duration time,
      Window window) {
    announce(what, rate + "/s", warmUp, time);
    return checked(what, new OpenLoop(operation).run(rate, warmUp, time, window));
  }

  /** A limit, in a closed loop; the first time it is warmed up in full. */
  public Figures closedLimit(String what, Operation limit, int inFlight, boolean first)
      throws InterruptedException {
    return closed(
        "limit " + what,
        limit,
        inFlight,
        first ? options.limitWarmUp() : LIMIT_AGAIN,
        options.limitMeasured(),
        Window.NONE);
  }

  /** A limit, in an open loop; the first time it is warmed up in full. */
  public Figures openLimit(String what, Operation limit, boolean first) {
    return open(
        "limit " + what,
        limit,
        options.ratePerSecond(),
        first ? options.limitWarmUp() : LIMIT_AGAIN,
        options.limitMeasured(),
        Window.NONE);
  }

  /** The figures of a closed loop over tasks, with what the processes took. */
  public static Result describe(
      String name, Figures figures, MeasuredWindow window, boolean cpuComplete) {
    Result result =
        new Result(name, figures.perSecond(), "tasks/s")
            .with("p50_ms", figures.millisAt(50))
            .with("p99_ms", figures.millisAt(99))
            .with("max_ms", figures.millisAt(100));
    return withProcesses(result, figures, window, cpuComplete);
  }

  /** Adds what the processes took. */
  public static Result withProcesses(
      Result result, Figures figures, MeasuredWindow window, boolean cpuComplete) {
    if (cpuComplete) {
      result.with("cpu_us_per_task", window.cpuMicrosPer(figures.done()));
    }
    result.withDetail("cpu_us_per_task_by_process", window.cpuMicrosByName(figures.done()));
    result.withDetail("peak_rss_mib", window.peakRssMib());
    result.with("failed", figures.failed());
    if (figures.firstFailure() != null) {
      result.withDetail("first_failure", figures.firstFailure());
    }
    return result;
  }

  /** Sums the recordings up, once the processes have ended and written them. */
  public void summarizeRecordings(MeasuredWindow window) {
    if (!launcher.jfr()) {
      return;
    }
    for (Path file : recordings()) {
      try {
        progress.print(
            RecordingSummary.of(file, window.began(), window.ended()).format(file.toString()));
      } catch (IOException e) {
        progress.say("the recording " + file + " cannot be read: " + e.getMessage());
      }
    }
  }

  private List<Path> recordings() {
    try (var files = Files.list(launcher.work())) {
      return new ArrayList<>(
          new TreeSet<>(files.filter(file -> file.toString().endsWith(".jfr")).toList()));
    } catch (IOException e) {
      return List.of();
    }
  }

  private void announce(String what, String how, Duration warmUp, Duration time) {
    progress.say(
        what + ": " + how + ", " + seconds(warmUp) + " of warm-up, " + seconds(time) + " measured");
  }

  private Figures checked(String what, Figures figures) {
    progress.say(
        String.format(
            Locale.ROOT,
            "%s: %.0f/s, p50 %.3f ms, p99 %.3f ms, failed %d",
            what,
            figures.perSecond(),
            figures.millisAt(50),
            figures.millisAt(99),
            figures.failed()));
    String why = figures.firstFailure();
    if (figures.done() == 0) {
      throw new BenchException(what + ": nothing was done" + (why == null ? "" : ": " + why));
    }
    if (why != null) {
      progress.say(what + ": the first failure: " + why);
    }
    return figures;
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() / 1_000.0 + " s";
  }
}
