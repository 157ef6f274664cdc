package io.reefmesh.bench.cases;

import io.reefmesh.bench.BenchRun;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.load.Window;
import io.reefmesh.bench.mesh.Drivers;
import io.reefmesh.bench.mesh.FleetProcess;
import io.reefmesh.bench.mesh.Mesh;
import io.reefmesh.bench.mesh.NoopHandler;
import io.reefmesh.bench.mesh.TaskOperation;
import io.reefmesh.bench.process.BenchException;
import io.reefmesh.bench.process.ChildProcess;
import io.reefmesh.bench.report.Result;
import io.reefmesh.client.MeshClient;
import io.reefmesh.v1.NodeCount;
import io.reefmesh.v1.NodeState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Very many nodes on one gateway. The same ten nodes work before and after the others came (what
 * the presence of a fleet costs), then all of them do (what spreading over it costs). Without
 * limits nobody works, and the links alone are held.
 */
final class FleetCase implements BenchCase {

  private static final int FEW = 10;
  private static final int FEW_SLOTS = 256;
  private static final int SLOTS = 4;
  private static final int PROCESSES = 2;
  private static final int IN_FLIGHT = 1_024;
  private static final String FEW_TYPE = "bench-few";

  /** Descriptors that a process needs beside those of its links. */
  private static final int OTHER_DESCRIPTORS = 500;

  private static final Duration JOIN_LIMIT = Duration.ofMinutes(5);
  private static final Duration LONGEST_RATE = Duration.ofSeconds(30);
  private static final Set<NodeState> PRESENT =
      Set.of(NodeState.NODE_STATE_ONLINE, NodeState.NODE_STATE_BUSY);

  @Override
  public String name() {
    return "fleet_10k";
  }

  @Override
  public String about() {
    return "lifecycles with 10,000 linked nodes; limit: with 10; joining, memory, false losses";
  }

  @Override
  public Result run(BenchRun bench) throws InterruptedException {
    bench.requireOwnGateway(name());
    int many = bench.options().fleet() - FEW;
    if (many < PROCESSES) {
      throw new BenchException(
          "--fleet is " + (many + FEW) + ": it must be " + (FEW + PROCESSES) + " at least");
    }
    requireDescriptors(bench, many + FEW);
    List<ChildProcess> fleet = new ArrayList<>();
    try (Mesh mesh = bench.newMesh(List.of(), List.of())) {
      mesh.startGateway();
      try {
        fleet.add(start(bench, mesh, "few", FEW, FEW_SLOTS, FEW_TYPE + "," + NoopHandler.TYPE));
        return measure(bench, mesh, fleet, many);
      } finally {
        fleet.forEach(ChildProcess::kill);
      }
    }
  }

  private Result measure(BenchRun bench, Mesh mesh, List<ChildProcess> fleet, int many)
      throws InterruptedException {
    try (Drivers drivers = Drivers.streams(mesh.address(), bench.options().clients(), true);
        MeshClient client = MeshClient.builder().target(mesh.address()).build()) {
      awaitPresent(client, FEW);
      boolean rates = bench.options().limits();
      Figures ten = rates ? rate(bench, drivers, "10 nodes", FEW_TYPE, true) : null;
      double joined = join(bench, mesh, client, fleet, many);
      Result result =
          ten == null ? new Result(name(), many + FEW, "links") : rates(bench, drivers, ten);
      Lost lost = hold(bench, client, fleet, many + FEW);
      result
          .with("nodes", many + FEW)
          .with("joined_s", joined)
          .with("held_s", bench.options().measured().toSeconds())
          .with("least_present", lost.leastPresent())
          .with("link_drops", lost.drops());
      memory(bench, mesh, result);
      return result;
    }
  }

  /** Seconds until all were there. */
  private static double join(
      BenchRun bench, Mesh mesh, MeshClient client, List<ChildProcess> fleet, int many)
      throws InterruptedException {
    long began = System.nanoTime();
    int each = many / PROCESSES;
    for (int i = 0; i < PROCESSES; i++) {
      int count = i == 0 ? many - each * (PROCESSES - 1) : each;
      fleet.add(start(bench, mesh, "fleet-" + i, count, SLOTS, NoopHandler.TYPE));
    }
    awaitPresent(client, many + FEW);
    double joined = (System.nanoTime() - began) / 1e9;
    bench.progress().say("%d nodes joined in %.1f s".formatted(many, joined));
    return joined;
  }

  private Result rates(BenchRun bench, Drivers drivers, Figures ten) throws InterruptedException {
    Figures presence = rate(bench, drivers, "the 10 among all", FEW_TYPE, false);
    Figures spread = rate(bench, drivers, "spread over all", NoopHandler.TYPE, true);
    return new Result(name(), spread.perSecond(), "tasks/s")
        .against("rate_10_nodes", ten.perSecond(), spread.perSecond() / ten.perSecond())
        .with("p50_ms", spread.millisAt(50))
        .with("p99_ms", spread.millisAt(99))
        .with("presence_per_s", presence.perSecond())
        .with("presence_ratio", presence.perSecond() / ten.perSecond());
  }

  private static void memory(BenchRun bench, Mesh mesh, Result result) {
    ChildProcess gateway = mesh.gateway();
    if (gateway != null) {
      bench
          .proc()
          .peakRssBytes(gateway.pid())
          .ifPresent(bytes -> result.with("gateway_peak_rss_mib", bytes >> 20));
      bench
          .proc()
          .rssBytes(gateway.pid())
          .ifPresent(bytes -> result.with("gateway_rss_mib", bytes >> 20));
    }
  }

  private static Figures rate(
      BenchRun bench, Drivers drivers, String what, String type, boolean cold)
      throws InterruptedException {
    return bench.closed(
        what,
        new TaskOperation(drivers.all(), NoopTasks.spec(bench, type), TaskOperation.Until.RESULT),
        bench.options().inFlight().orElse(IN_FLIGHT),
        cold ? bench.options().warmUp() : bench.options().warmUp().dividedBy(2),
        rateMeasured(bench),
        Window.NONE);
  }

  /** Only the links are held for as long as is asked for: a rate shows sooner. */
  private static Duration rateMeasured(BenchRun bench) {
    Duration asked = bench.options().limitMeasured().multipliedBy(2);
    return asked.compareTo(LONGEST_RATE) < 0 ? asked : LONGEST_RATE;
  }

  private static ChildProcess start(
      BenchRun bench, Mesh mesh, String name, int count, int slots, String types)
      throws InterruptedException {
    ChildProcess process =
        bench
            .launcher()
            .program(
                name,
                FleetProcess.class,
                List.of(
                    mesh.address(),
                    name + "-",
                    Integer.toString(count),
                    Integer.toString(slots),
                    types),
                List.of("-Xms128m", "-Xmx2g"));
    process.awaitReady(Duration.ofSeconds(30));
    return process;
  }

  private static void awaitPresent(MeshClient client, int count) throws InterruptedException {
    long until = System.nanoTime() + JOIN_LIMIT.toNanos();
    int present;
    while ((present = present(client)) < count) {
      if (System.nanoTime() - until > 0) {
        throw new BenchException(
            present + " of " + count + " nodes joined within " + JOIN_LIMIT.toSeconds() + " s");
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private static int present(MeshClient client) {
    return client.fleet().mesh().getNodesList().stream()
        .filter(count -> PRESENT.contains(count.getState()))
        .mapToInt(NodeCount::getCount)
        .sum();
  }

  private record Lost(int leastPresent, long drops) {}

  /** Nothing is to be done, and nobody may be taken for lost. */
  private static Lost hold(BenchRun bench, MeshClient client, List<ChildProcess> fleet, int all)
      throws InterruptedException {
    Duration time = bench.options().measured();
    bench.progress().say("holding " + all + " links for " + time.toSeconds() + " s");
    long until = System.nanoTime() + time.toNanos();
    int least = all;
    while (System.nanoTime() - until < 0) {
      least = Math.min(least, present(client));
      TimeUnit.SECONDS.sleep(1);
    }
    long drops = 0;
    for (ChildProcess process : fleet) {
      @Nullable String line = process.latestLine();
      drops += line == null ? 0 : FleetProcess.Line.parse(line).drops();
    }
    return new Lost(least, drops);
  }

  /** Every link is a descriptor on each side. */
  private static void requireDescriptors(BenchRun bench, int links) {
    long limit = bench.proc().descriptorLimit(ProcessHandle.current().pid()).orElse(Long.MAX_VALUE);
    if (limit < links + OTHER_DESCRIPTORS) {
      throw new BenchException(
          links
              + " links take "
              + (links + OTHER_DESCRIPTORS)
              + " descriptors in the gateway, and the hard limit is "
              + limit
              + ": raise it (ulimit -Hn, /etc/security/limits.conf), or ask for fewer nodes with"
              + " --fleet");
    }
  }
}
