package io.reefmesh.bench.cases;

import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.MeasuredWindow;
import io.reefmesh.bench.limit.EchoClient;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.mesh.Drivers;
import io.reefmesh.bench.mesh.Mesh;
import io.reefmesh.bench.mesh.TaskOperation;
import io.reefmesh.bench.report.Result;

/** Tasks submitted one by one, each followed to its result. */
final class UnaryResultCase implements BenchCase {

  private static final int IN_FLIGHT = 64;

  @Override
  public String name() {
    return "unary_result";
  }

  @Override
  public String about() {
    return "SubmitTask and the watched result; limit: a unary echo of the same payload";
  }

  @Override
  public boolean isQuick() {
    return true;
  }

  @Override
  public Result run(BenchRun bench) throws InterruptedException {
    int inFlight = bench.options().inFlight().orElse(IN_FLIGHT);
    MeasuredWindow window;
    Result result;
    try (Mesh mesh = bench.startMesh();
        Drivers drivers = drivers(bench, mesh);
        EchoClient echo = EchoClient.start(bench.launcher(), bench.options().payloadBytes())) {
      boolean limits = bench.options().limits();
      String limit = "unary_echo";
      Figures before = limits ? bench.closedLimit(limit, echo.unary(), inFlight, true) : null;
      window = bench.window(mesh.pidByName());
      Figures figures =
          bench.closed(
              name(),
              new TaskOperation(drivers.all(), NoopTasks.spec(bench), TaskOperation.Until.RESULT),
              inFlight,
              bench.options().warmUp(),
              bench.options().measured(),
              window);
      Figures after = limits ? bench.closedLimit(limit, echo.unary(), inFlight, false) : null;
      result = BenchRun.describe(name(), figures, window, mesh.isComplete());
      result.withDetail("driver", bench.options().sdk() ? "client-sdk" : "stub");
      new LimitPair(before, after).rate(result, limit, figures.perSecond());
      if (limits) {
        Figures bidi = bench.closedLimit("bidi_echo", echo.bidi(), inFlight, false);
        result.with("bidi_echo_per_s", bidi.perSecond());
      }
    }
    bench.summarizeRecordings(window);
    return result;
  }

  private static Drivers drivers(BenchRun bench, Mesh mesh) {
    int clients = bench.options().clients();
    return bench.options().sdk()
        ? Drivers.sdk(mesh.address(), clients)
        : Drivers.unary(mesh.address(), clients, true);
  }
}
