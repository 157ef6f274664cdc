package io.reefmesh.bench.cases;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.MeasuredWindow;
import io.reefmesh.bench.limit.EchoClient;
import io.reefmesh.bench.limit.RelaySource;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.load.Window;
import io.reefmesh.bench.mesh.Emission;
import io.reefmesh.bench.mesh.Mesh;
import io.reefmesh.bench.mesh.OutputHandler;
import io.reefmesh.bench.mesh.OutputWatchers;
import io.reefmesh.bench.process.ChildProcess;
import io.reefmesh.bench.report.Result;
import io.reefmesh.client.MeshChannels;
import io.reefmesh.client.MeshTarget;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Output on its way from nodes to callers, while many tasks write a little each. */
final class OutputRelayCase implements BenchCase {

  private static final int TASKS = 200;
  private static final int CHUNKS_PER_SECOND = 50;

  /** About what a model's token is with its envelope. */
  private static final int CHUNK_BYTES = 64;

  private static final Duration TAIL = Duration.ofSeconds(1);

  @Override
  public String name() {
    return "output_relay";
  }

  @Override
  public String about() {
    return "an output chunk from node to caller, 200 tasks x 50/s; limit: two echo hops";
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
        EchoClient echo = EchoClient.start(bench.launcher(), bench.options().payloadBytes())) {
      boolean limits = bench.options().limits();
      OutputWatchers relayed = new OutputWatchers(CHUNK_BYTES);
      if (limits) {
        echo.subscribe(TASKS, message -> relayed.take(message.getData()));
      }
      Figures before = limits ? limit(bench, echo, relayed, true) : null;
      window = bench.window(mesh.pidByName());
      Figures figures = tasks(bench, mesh, window);
      Figures after = limits ? limit(bench, echo, relayed, false) : null;
      result =
          new Result(name(), figures.millisAt(50), "ms")
              .with("p50_ms", figures.millisAt(50))
              .with("p99_ms", figures.millisAt(99))
              .with("chunks_per_s", figures.perSecond());
      BenchRun.withProcesses(result, figures, window, mesh.isComplete());
      new LimitPair(before, after).latency(result, "two_hop_echo", figures);
    }
    bench.summarizeRecordings(window);
    return result;
  }

  private Figures tasks(BenchRun bench, Mesh mesh, MeasuredWindow window)
      throws InterruptedException {
    Duration warmUp = bench.options().warmUp();
    Duration measured = bench.options().measured();
    bench.progress().say(name() + ": " + TASKS + " tasks write " + CHUNKS_PER_SECOND + "/s each");
    ManagedChannel channel =
        MeshChannels.dial(MeshTarget.builder(mesh.address()).retry(false).build());
    try {
      OutputWatchers watchers = new OutputWatchers(CHUNK_BYTES);
      TaskSpec spec =
          TaskSpecs.data(
              OutputHandler.TYPE,
              "application/octet-stream",
              emission(warmUp.plus(measured).plus(TAIL)).encode());
      watchers.runTasks(channel, spec, TASKS);
      return said(bench, name(), watchers.measure(warmUp, measured, window));
    } finally {
      channel.shutdownNow();
    }
  }

  private Figures limit(BenchRun bench, EchoClient echo, OutputWatchers sink, boolean first)
      throws InterruptedException {
    Duration warmUp = first ? bench.options().limitWarmUp() : TAIL;
    Duration measured = bench.options().limitMeasured();
    bench.progress().say("limit two_hop_echo: the same chunks over a bare relay");
    ByteString encoded = emission(warmUp.plus(measured).plus(TAIL)).encode();
    ChildProcess source =
        bench
            .launcher()
            .program(
                "source",
                RelaySource.class,
                List.of(
                    echo.address(),
                    Integer.toString(TASKS),
                    HexFormat.of().formatHex(encoded.toByteArray())),
                List.of("-Xms64m", "-Xmx256m"));
    try {
      source.awaitReady(Duration.ofSeconds(30));
      return said(bench, "limit two_hop_echo", sink.measure(warmUp, measured, Window.NONE));
    } finally {
      source.kill();
    }
  }

  private static Figures said(BenchRun bench, String what, Figures figures) {
    bench
        .progress()
        .say(
            "%s: %.0f chunks/s, p50 %.3f ms, p99 %.3f ms"
                .formatted(what, figures.perSecond(), figures.millisAt(50), figures.millisAt(99)));
    return figures;
  }

  private static Emission emission(Duration time) {
    return new Emission(
        TimeUnit.SECONDS.toNanos(1) / CHUNKS_PER_SECOND, time.toNanos(), CHUNK_BYTES);
  }
}
