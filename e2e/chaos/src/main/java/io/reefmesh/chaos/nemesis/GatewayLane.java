package io.reefmesh.chaos.nemesis;

import io.reefmesh.chaos.client.Load;
import io.reefmesh.chaos.history.Findings;
import io.reefmesh.chaos.history.History;
import io.reefmesh.chaos.history.Submission;
import io.reefmesh.chaos.mesh.GatewaySeat;
import io.reefmesh.chaos.mesh.MeshProcess;
import io.reefmesh.chaos.mesh.MeshTimes;
import io.reefmesh.chaos.mesh.NodeSeat;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What can happen to the gateway's process and to its disk. */
final class GatewayLane extends Lane {

  /** A gateway that finds no room must have noticed by then. */
  private static final Duration NOTICE_LIMIT = Duration.ofSeconds(20);

  private static final Duration VAIN_LIMIT = Duration.ofSeconds(30);
  private static final int PRESSURE_BYTES = 100_000;

  private final GatewaySeat gateway;
  private final MeshTimes times;
  private final Seats seats;
  private final @Nullable DiskVolume disk;
  private final History history;
  private final Load load;
  private final Findings findings;

  GatewayLane(Nemesis.Surroundings around, LanePlan plan, SplittableRandom random) {
    super(
        List.of(FaultKind.GATEWAY_KILL, FaultKind.GATEWAY_FREEZE, FaultKind.DISK_FULL),
        plan,
        around.log(),
        around.tower(),
        random);
    this.gateway = around.mesh().gateway();
    this.times = around.mesh().plan().times();
    this.seats = around.seats();
    this.disk = around.disk().orElse(null);
    this.history = around.history();
    this.findings = around.findings();
    this.load = new Load("pressure", random.split());
  }

  @Override
  void strike(FaultKind kind) throws InterruptedException {
    switch (kind) {
      case GATEWAY_KILL -> kill();
      case GATEWAY_FREEZE -> freeze();
      default -> fillDisk();
    }
  }

  private void kill() throws InterruptedException {
    long injected = System.nanoTime();
    log.note("kill -9 gateway");
    gateway.process().kill();
    gateway.gone();
    restarted(FaultKind.GATEWAY_KILL, injected);
  }

  private void restarted(FaultKind kind, long injected) throws InterruptedException {
    long started = System.nanoTime();
    gateway.start();
    healed(kind, "gateway", injected, started, tower.firstAcknowledged(RECOVERY_LIMIT));
    linksBack(kind, started);
  }

  private void freeze() throws InterruptedException {
    long injected = System.nanoTime();
    log.note("freeze gateway");
    gateway.process().freeze();
    try {
      last(300, times.lostAfter().toMillis() + 1_000);
    } finally {
      gateway.process().thaw();
    }
    long thawed = System.nanoTime();
    healed(
        FaultKind.GATEWAY_FREEZE,
        "gateway",
        injected,
        thawed,
        tower.firstAcknowledged(RECOVERY_LIMIT));
    linksBack(FaultKind.GATEWAY_FREEZE, thawed);
  }

  /** By design the gateway stops when it cannot write; somebody makes room and starts it again. */
  private void fillDisk() throws InterruptedException {
    if (disk == null) {
      return;
    }
    long injected = System.nanoTime();
    log.note("fill the gateway's disk");
    MeshProcess process = gateway.process();
    process.expectEnd();
    disk.fill();
    try {
      stopsForWantOfRoom(process);
      gateway.gone();
      if (random.nextBoolean()) {
        startWithoutRoom();
      }
    } finally {
      disk.free();
    }
    restarted(FaultKind.DISK_FULL, injected);
  }

  private boolean endsUnderPressure(MeshProcess process) throws InterruptedException {
    long end = System.nanoTime() + NOTICE_LIMIT.toNanos();
    try (MeshClient client = tower.newClient()) {
      while (System.nanoTime() < end) {
        if (process.awaitEnd(Duration.ofMillis(50))) {
          return true;
        }
        press(client);
      }
    }
    return process.awaitEnd(Duration.ofSeconds(1));
  }

  private void press(MeshClient client) {
    Submission submission = load.small(PRESSURE_BYTES);
    history.invoked(submission);
    TaskHandle handle = client.submit(submission.spec(), new SubmitOptions(submission.requestId()));
    try {
      history.acknowledged(submission, handle.submitted().join());
    } catch (MeshException | CompletionException e) {
      // Nobody knows whether it was accepted: it is asked for again in the end.
    } finally {
      handle.detach();
    }
  }

  private void stopsForWantOfRoom(MeshProcess process) throws InterruptedException {
    if (!endsUnderPressure(process)) {
      findings.add("disk-full", "the gateway went on for 20 s on a full disk, under load");
      process.kill();
    } else if (process.exitCode() != GatewaySeat.STORE_BROKE) {
      findings.add(
          "disk-full", "on a full disk the gateway ended with " + process.exitCode() + ", not 74");
    }
  }

  /** Without room it may not start, or it starts, reads, and stops with the first write. */
  private void startWithoutRoom() throws InterruptedException {
    boolean served = gateway.tryToStart();
    log.note("a start on the full disk " + (served ? "served for a while" : "failed"));
    MeshProcess process = gateway.process();
    process.awaitEnd(served ? Duration.ZERO : VAIN_LIMIT);
    stopsForWantOfRoom(process);
    gateway.gone();
  }

  /** How long until every node that nobody harms is linked again. */
  private void linksBack(FaultKind kind, long fromNanos) throws InterruptedException {
    for (NodeSeat seat : seats.unharmed()) {
      Optional<Long> linked = tower.linked(seat.id(), "", RECOVERY_LIMIT);
      if (linked.isEmpty() && seats.unharmed().contains(seat)) {
        log.neverRecovered(kind, seat.id(), RECOVERY_LIMIT);
      }
    }
    log.figure(
        "all links back after " + kind.label(), Duration.ofNanos(System.nanoTime() - fromNanos));
  }
}
