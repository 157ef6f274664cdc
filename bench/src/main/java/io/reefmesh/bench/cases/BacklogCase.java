package io.reefmesh.bench.cases;

import io.grpc.ManagedChannel;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.load.CountedLoop;
import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Outcome;
import io.reefmesh.bench.load.Window;
import io.reefmesh.bench.mesh.Cancellations;
import io.reefmesh.bench.mesh.Drivers;
import io.reefmesh.bench.mesh.Mesh;
import io.reefmesh.bench.mesh.TaskDriver;
import io.reefmesh.bench.mesh.TaskFate;
import io.reefmesh.bench.mesh.TaskOperation;
import io.reefmesh.bench.process.BenchException;
import io.reefmesh.bench.process.ChildProcess;
import io.reefmesh.bench.process.LiveHeap;
import io.reefmesh.bench.report.Result;
import io.reefmesh.client.MeshChannels;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshTarget;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A very long queue: what it takes of memory, what it does to submissions, how long a restart takes
 * with it, and whether it matters in which order its tasks end.
 */
final class BacklogCase implements BenchCase {

  private static final int SUBMITTING = 1_024;
  private static final int CANCELLING = 512;

  /** Of which the first and the last are compared. */
  private static final int PARTS = 10;

  /** What the gateway must do with. */
  private static final List<String> HEAP = List.of("-Xmx1536m");

  @Override
  public String name() {
    return "backlog_1m";
  }

  @Override
  public String about() {
    return "submissions behind 1,000,000 queued tasks; limit: in front of them; memory, restart";
  }

  @Override
  public Result run(BenchRun bench) throws InterruptedException {
    bench.requireOwnGateway(name());
    int count = bench.options().backlog();
    TaskSpec spec = NoopTasks.spec(bench);
    List<String> settings = List.of("limits.queue=" + (count + 10_000));
    Result result;
    try (Mesh mesh = bench.newMesh(settings, HEAP)) {
      mesh.startGateway();
      warmUp(bench, mesh, spec);
      long[] ids = new long[count];
      double[] rates = submit(bench, mesh, spec, ids);
      double first = rates[0];
      double last = rates[PARTS - 1];
      result =
          new Result(name(), last, "submissions/s")
              .against("submissions_when_empty", first, last / first)
              .with("tasks", count)
              .withDetail("submissions_per_s_by_part", Arrays.stream(rates).boxed().toList());
      memory(bench, mesh, result);
      result.with("restart_with_history_to_serving_s", restart(bench, mesh));
      double inOrder = end(bench, mesh, ids, "in order");
      submit(bench, mesh, spec, ids);
      shuffle(ids);
      double atRandom = end(bench, mesh, ids, "in random order");
      result
          .with("ended_in_order_per_s", inOrder)
          .with("ended_at_random_per_s", atRandom)
          .with("random_to_in_order", atRandom / inOrder);
    }
    // The first restart also met what the warm-up had ended: more than a million tasks.
    try (Mesh mesh = bench.newMesh(settings, HEAP)) {
      mesh.startGateway();
      submit(bench, mesh, spec, new long[count]);
      return result.with("restart_to_serving_s", restart(bench, mesh));
    }
  }

  /** Lives of tasks on a node that then goes, so that the queue is empty and the code is warm. */
  private static void warmUp(BenchRun bench, Mesh mesh, TaskSpec spec) throws InterruptedException {
    mesh.startNodes(1, bench.options().slots());
    try (Drivers drivers = Drivers.streams(mesh.address(), 1, true)) {
      bench.closed(
          "backlog, warm-up",
          new TaskOperation(drivers.all(), spec, TaskOperation.Until.RESULT),
          SUBMITTING,
          bench.options().warmUp().dividedBy(2),
          bench.options().warmUp().dividedBy(2),
          Window.NONE);
    }
    mesh.stopNodes();
  }

  private static double[] submit(BenchRun bench, Mesh mesh, TaskSpec spec, long[] ids)
      throws InterruptedException {
    int part = Math.max(1, ids.length / PARTS);
    double[] rates = new double[PARTS];
    try (Drivers drivers = Drivers.streams(mesh.address(), 1, false)) {
      Submissions submissions = new Submissions(drivers.all().get(0), spec, ids);
      for (int i = 0; i < PARTS; i++) {
        CountedLoop loop = new CountedLoop(submissions, SUBMITTING);
        int size = i == PARTS - 1 ? ids.length - (PARTS - 1) * part : part;
        rates[i] = size / loop.run(size, number -> {});
        check("submissions", loop);
        bench.progress().say("queued %,d: %.0f/s".formatted((i + 1) * (long) part, rates[i]));
      }
    }
    return rates;
  }

  private static void memory(BenchRun bench, Mesh mesh, Result result) throws InterruptedException {
    ChildProcess gateway = mesh.gateway();
    if (gateway == null) {
      return;
    }
    LiveHeap.bytes(gateway.pid())
        .ifPresentOrElse(
            bytes -> result.with("gateway_live_heap_mib", bytes >> 20),
            () -> bench.progress().say("no jcmd here: the heap is not measured"));
    bench
        .proc()
        .peakRssBytes(gateway.pid())
        .ifPresent(bytes -> result.with("gateway_peak_rss_mib", bytes >> 20));
  }

  /** Killed, not stopped: what is on disk must do. */
  private static double restart(BenchRun bench, Mesh mesh) throws InterruptedException {
    mesh.killGateway();
    long began = System.nanoTime();
    mesh.startGateway();
    try (MeshClient client = MeshClient.builder().target(mesh.address()).build()) {
      client.fleet().mesh();
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    bench.progress().say("serving %.2f s after its start".formatted(seconds));
    return seconds;
  }

  private static double end(BenchRun bench, Mesh mesh, long[] ids, String how)
      throws InterruptedException {
    ManagedChannel channel =
        MeshChannels.dial(MeshTarget.builder(mesh.address()).retry(false).build());
    try {
      CountedLoop loop = new CountedLoop(new Cancellations(channel, ids), CANCELLING);
      double rate = ids.length / loop.run(ids.length, number -> {});
      check("cancellations", loop);
      bench.progress().say("ended %s: %.0f/s".formatted(how, rate));
      return rate;
    } finally {
      channel.shutdownNow();
    }
  }

  private static void check(String what, CountedLoop loop) {
    if (loop.failed() > 0) {
      throw new BenchException(
          loop.failed() + " " + what + " failed, the first: " + loop.firstFailure());
    }
  }

  private static void shuffle(long[] ids) {
    Random random = new Random(7);
    for (int i = ids.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      long moved = ids[i];
      ids[i] = ids[other];
      ids[other] = moved;
    }
  }

  /** Puts tasks in and keeps their ids. */
  private static final class Submissions implements Operation {
    private final TaskDriver driver;
    private final TaskSpec spec;
    private final long[] ids;
    private final AtomicInteger accepted = new AtomicInteger();

    Submissions(TaskDriver driver, TaskSpec spec, long[] ids) {
      this.driver = driver;
      this.spec = spec;
      this.ids = ids;
    }

    @Override
    public void start(long intendedNanos, Outcome outcome) {
      driver.submit(
          spec,
          new TaskFate() {
            @Override
            public void accepted(String taskId) {
              ids[accepted.getAndIncrement()] = TaskId.parse(taskId).value();
              outcome.done(System.nanoTime());
            }

            @Override
            public void ended(Task task) {}

            @Override
            public void refused(int code, boolean typed, String why) {
              outcome.failed(why);
            }
          });
    }
  }
}
