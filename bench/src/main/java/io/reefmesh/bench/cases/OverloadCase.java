package io.reefmesh.bench.cases;

import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.load.OpenLoop;
import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Outcome;
import io.reefmesh.bench.load.Window;
import io.reefmesh.bench.mesh.Drivers;
import io.reefmesh.bench.mesh.Mesh;
import io.reefmesh.bench.mesh.SleepHandler;
import io.reefmesh.bench.mesh.Stamps;
import io.reefmesh.bench.mesh.TaskDriver;
import io.reefmesh.bench.mesh.TaskFate;
import io.reefmesh.bench.mesh.TaskOperation;
import io.reefmesh.bench.process.ChildProcess;
import io.reefmesh.bench.report.Result;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskCount;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Ten times more than the mesh can do. Its capacity is set by slots and by handlers that take their
 * time, as with models, so that the load generator is not what gives out first.
 */
final class OverloadCase implements BenchCase {

  private static final int NODES = 2;
  private static final int SLOTS = 20;
  private static final long WORK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int TIMES_CAPACITY = 10;

  /** Full within two seconds of the load. */
  private static final int QUEUE = 20_000;

  private static final Duration LASTS = Duration.ofSeconds(60);
  private static final int RESOURCE_EXHAUSTED = 8;

  @Override
  public String name() {
    return "overload";
  }

  @Override
  public String about() {
    return "completions at 10 x capacity for 60 s; limit: the peak rate; refusals must be typed";
  }

  @Override
  public Result run(BenchRun bench) throws InterruptedException {
    bench.requireOwnGateway(name());
    Mesh mesh = bench.newMesh(List.of("limits.queue=" + QUEUE), List.of());
    try (mesh) {
      mesh.startGateway();
      mesh.startNodes(NODES, SLOTS);
      TaskSpec spec = spec(bench);
      double peak = peak(bench, mesh, spec);
      return overload(bench, mesh, spec, peak);
    }
  }

  private TaskSpec spec(BenchRun bench) {
    return TaskSpecs.data(
        SleepHandler.TYPE,
        "application/octet-stream",
        Stamps.stamped(bench.options().payloadBytes(), WORK_NANOS));
  }

  private double peak(BenchRun bench, Mesh mesh, TaskSpec spec) throws InterruptedException {
    try (Drivers drivers = Drivers.streams(mesh.address(), 1, true)) {
      Figures figures =
          bench.closed(
              "overload, peak",
              new TaskOperation(drivers.all(), spec, TaskOperation.Until.RESULT),
              NODES * SLOTS * 4,
              bench.options().warmUp(),
              bench.options().measured(),
              Window.NONE);
      return figures.perSecond();
    }
  }

  private Result overload(BenchRun bench, Mesh mesh, TaskSpec spec, double peak)
      throws InterruptedException {
    double offered = peak * TIMES_CAPACITY;
    Duration lasts =
        bench.options().measured().compareTo(Duration.ofSeconds(10)) < 0
            ? bench.options().measured().multipliedBy(2)
            : LASTS;
    bench.progress().say("overload: %.0f/s offered for %d s".formatted(offered, lasts.toSeconds()));
    RssSamples rss = new RssSamples(bench, mesh);
    try (Drivers streams = Drivers.streams(mesh.address(), 1, false);
        Drivers unary = Drivers.unary(mesh.address(), 1, false);
        MeshClient client = MeshClient.builder().target(mesh.address()).build()) {
      List<TaskDriver> both = new ArrayList<>(streams.all());
      both.addAll(unary.all());
      Offer offer = new Offer(both, spec);
      // The first seconds fill the queue; and refusals have code of their own to warm up.
      Duration fill = bench.options().warmUp();
      Completions completions = new Completions(client);
      rss.start();
      Figures figures = new OpenLoop(offer).run(offered, fill, lasts, completions);
      rss.stop();
      double rate = completions.perSecond();
      Result result =
          new Result(name(), rate, "tasks/s")
              .against("peak_rate", peak, rate / peak)
              .with("offered_per_s", offered)
              .with("seconds", lasts.toSeconds())
              .with("accepted", offer.accepted.sum())
              .with("refused_typed", offer.typed.sum())
              .with("refused_otherwise", offer.otherwise.sum())
              .with("unanswered", figures.failed())
              .with("answer_p50_ms", figures.millisAt(50))
              .with("answer_p99_ms", figures.millisAt(99));
      rss.describe(result);
      if (offer.firstOdd != null) {
        result.withDetail("first_other_refusal", offer.firstOdd);
      }
      return result;
    }
  }

  /** A refusal is an answer: what counts is that there is one, and of which kind. */
  private static final class Offer implements Operation {
    private final List<TaskDriver> drivers;
    private final TaskSpec spec;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder typed = new LongAdder();
    private final LongAdder otherwise = new LongAdder();
    private volatile @Nullable String firstOdd;
    private int turn;

    Offer(List<TaskDriver> drivers, TaskSpec spec) {
      this.drivers = drivers;
      this.spec = spec;
    }

    @Override
    public void start(long intendedNanos, Outcome outcome) {
      drivers
          .get(turn++ % drivers.size())
          .submit(
              spec,
              new TaskFate() {
                @Override
                public void accepted(String taskId) {
                  accepted.increment();
                  outcome.done(System.nanoTime());
                }

                @Override
                public void ended(Task task) {}

                @Override
                public void refused(int code, boolean isTyped, String why) {
                  if (code == RESOURCE_EXHAUSTED && isTyped) {
                    typed.increment();
                  } else {
                    otherwise.increment();
                    if (firstOdd == null) {
                      firstOdd = why;
                    }
                  }
                  outcome.done(System.nanoTime());
                }
              });
    }
  }

  /** What the gateway says it completed in the time measured. */
  private static final class Completions implements Window {
    private final MeshClient client;
    private long beganNanos;
    private long endedNanos;
    private long before;
    private long after;

    Completions(MeshClient client) {
      this.client = client;
    }

    @Override
    public void begins() {
      before = succeeded();
      beganNanos = System.nanoTime();
    }

    @Override
    public void ends() {
      after = succeeded();
      endedNanos = System.nanoTime();
    }

    double perSecond() {
      return (after - before) * 1e9 / (endedNanos - beganNanos);
    }

    private long succeeded() {
      return client.fleet().mesh().getTasksList().stream()
          .filter(count -> count.getState() == TaskState.TASK_STATE_SUCCEEDED)
          .mapToLong(TaskCount::getCount)
          .sum();
    }
  }

  /** The gateway's memory, once a second. */
  private static final class RssSamples {
    private final BenchRun bench;
    private final Mesh mesh;
    private final List<Long> mib = new ArrayList<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    RssSamples(BenchRun bench, Mesh mesh) {
      this.bench = bench;
      this.mesh = mesh;
    }

    void start() {
      var unused = timer.scheduleAtFixedRate(this::sample, 0, 1, TimeUnit.SECONDS);
    }

    void stop() throws InterruptedException {
      timer.shutdownNow();
      timer.awaitTermination(5, TimeUnit.SECONDS);
    }

    private void sample() {
      ChildProcess gateway = mesh.gateway();
      if (gateway != null) {
        bench.proc().rssBytes(gateway.pid()).ifPresent(bytes -> mib.add(bytes >> 20));
      }
    }

    void describe(Result result) {
      if (!mib.isEmpty()) {
        result.with("gateway_rss_mib_at_half", mib.get(mib.size() / 2));
        result.with("gateway_rss_mib_at_end", mib.get(mib.size() - 1));
        result.with(
            "gateway_rss_mib_peak", mib.stream().mapToLong(Long::longValue).max().orElse(0));
      }
    }
  }
}
