package io.reefmesh.bench.cases;

import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.MeasuredWindow;
import io.reefmesh.bench.limit.FsyncLog;
import io.reefmesh.bench.limit.SqliteLifecycle;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.mesh.Drivers;
import io.reefmesh.bench.mesh.Mesh;
import io.reefmesh.bench.mesh.TaskOperation;
import io.reefmesh.bench.report.Result;
import java.nio.file.Path;

/** Durable lives of tasks through the submission stream, as many as go. */
final class StreamLifecycleCase implements BenchCase {

  private static final int IN_FLIGHT = 1_024;

  @Override
  public String name() {
    return "stream_lifecycle";
  }

  @Override
  public String about() {
    return "durable lifecycles through SubmitTasks; limit: the same rows in SQLite alone";
  }

  @Override
  public boolean isQuick() {
    return true;
  }

  @Override
  public Result run(BenchRun bench) throws InterruptedException {
    int inFlight = bench.options().inFlight().orElse(IN_FLIGHT);
    Path folder = bench.launcher().work();
    MeasuredWindow window;
    Result result;
    try (Mesh mesh = bench.startMesh();
        Drivers drivers = Drivers.streams(mesh.address(), bench.options().clients(), true);
        SqliteLifecycle sqlite = new SqliteLifecycle(folder, bench.options().payloadBytes())) {
      boolean limits = bench.options().limits();
      String limit = "sqlite_lifecycle";
      Figures before = limits ? bench.closedLimit(limit, sqlite, inFlight, true) : null;
      window = bench.window(mesh.pidByName());
      Figures figures =
          bench.closed(
              name(),
              new TaskOperation(drivers.all(), NoopTasks.spec(bench), TaskOperation.Until.RESULT),
              inFlight,
              bench.options().warmUp(),
              bench.options().measured(),
              window);
      Figures after = limits ? bench.closedLimit(limit, sqlite, inFlight, false) : null;
      result = BenchRun.describe(name(), figures, window, mesh.isComplete());
      result.with("p99_to_p50", figures.millisAt(99) / figures.millisAt(50));
      new LimitPair(before, after).rate(result, limit, figures.perSecond());
    }
    if (bench.options().limits()) {
      addLog(bench, result, folder, inFlight);
    }
    bench.summarizeRecordings(window);
    return result;
  }

  /** What the disk itself can do, for orientation. */
  private static void addLog(BenchRun bench, Result result, Path folder, int inFlight)
      throws InterruptedException {
    try (FsyncLog log = new FsyncLog(folder, bench.options().payloadBytes())) {
      Figures group = bench.closedLimit("fsync_log", log, inFlight, false);
      Figures single = bench.closedLimit("fsync_log", log, 1, false);
      result.with("fsync_log_group_per_s", group.perSecond());
      result.with("fsync_log_single_per_s", single.perSecond());
      result.with("fsync_p50_ms", single.millisAt(50));
      result.with("fsync_p99_ms", single.millisAt(99));
    }
  }
}
