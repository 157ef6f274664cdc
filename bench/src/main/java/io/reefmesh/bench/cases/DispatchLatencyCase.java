package io.reefmesh.bench.cases;

import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.MeasuredWindow;
import io.reefmesh.bench.limit.EchoClient;
import io.reefmesh.bench.limit.PacedLog;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.mesh.Drivers;
import io.reefmesh.bench.mesh.Mesh;
import io.reefmesh.bench.mesh.TaskOperation;
import io.reefmesh.bench.report.Result;
import java.time.Duration;
import java.util.List;

/** From a submission to the start of its handler, at a steady rate. */
final class DispatchLatencyCase implements BenchCase {

  @Override
  public String name() {
    return "dispatch_latency";
  }

  @Override
  public String about() {
    return "submit to handler start, open loop; limit: an echo with one fsync, at the same rate";
  }

  @Override
  public boolean isQuick() {
    return true;
  }

  @Override
  public Result run(BenchRun bench) throws InterruptedException {
    MeasuredWindow window;
    Result result;
    try (Mesh mesh = bench.startMesh();
        Drivers drivers = drivers(bench, mesh);
        EchoClient echo = EchoClient.start(bench.launcher(), bench.options().payloadBytes())) {
      boolean limits = bench.options().limits();
      Parts before = limits ? parts(bench, echo, true) : null;
      window = bench.window(mesh.pidByName());
      Figures figures =
          bench.open(
              name(),
              new TaskOperation(
                  drivers.all(), NoopTasks.spec(bench), TaskOperation.Until.HANDLER_START),
              bench.options().ratePerSecond(),
              bench.options().warmUp(),
              bench.options().measured(),
              window);
      Parts after = limits ? parts(bench, echo, false) : null;
      result =
          new Result(name(), figures.millisAt(50), "ms")
              .with("p50_ms", figures.millisAt(50))
              .with("p99_ms", figures.millisAt(99))
              .with("p999_ms", figures.millisAt(99.9))
              .with("rate_per_s", figures.perSecond());
      BenchRun.withProcesses(result, figures, window, mesh.isComplete());
      if (before != null && after != null) {
        before.compare(after, result, figures);
      }
    }
    bench.summarizeRecordings(window);
    return result;
  }

  private static Drivers drivers(BenchRun bench, Mesh mesh) {
    int clients = bench.options().clients();
    return bench.options().unary()
        ? Drivers.unary(mesh.address(), clients, true)
        : Drivers.streams(mesh.address(), clients, true);
  }

  private static Parts parts(BenchRun bench, EchoClient echo, boolean first) {
    Figures echoed = bench.openLimit("echo", echo.unary(), first);
    Figures fsynced =
        PacedLog.measure(
            bench.launcher().work(),
            bench.options().payloadBytes(),
            bench.options().ratePerSecond(),
            Duration.ofSeconds(1),
            bench.options().limitMeasured());
    bench
        .progress()
        .say(
            "limit fsync: p50 %.3f ms, p99 %.3f ms"
                .formatted(fsynced.millisAt(50), fsynced.millisAt(99)));
    return new Parts(echoed, fsynced);
  }

  /** What nothing that is durable when it answers can be faster than: there, the disk, and back. */
  private record Parts(Figures echo, Figures fsync) {

    double millisAt(double percent) {
      return echo.millisAt(percent) + fsync.millisAt(percent);
    }

    void compare(Parts after, Result result, Figures figures) {
      double p50 = (millisAt(50) + after.millisAt(50)) / 2;
      double p99 = (millisAt(99) + after.millisAt(99)) / 2;
      result
          .against("echo_and_fsync", p50, figures.millisAt(50) / p50)
          .with("p99_ratio", figures.millisAt(99) / p99)
          .with("limit_p99_ms", p99)
          .withDetail("limit_values", List.of(millisAt(50), after.millisAt(50)))
          .withDetail("limit_p99_values", List.of(millisAt(99), after.millisAt(99)))
          .with("echo_p50_ms", echo.millisAt(50))
          .with("fsync_p50_ms", fsync.millisAt(50));
    }
  }
}
