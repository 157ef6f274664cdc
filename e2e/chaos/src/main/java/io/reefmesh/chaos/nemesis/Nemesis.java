package io.reefmesh.chaos.nemesis;

import io.reefmesh.chaos.client.Caller;
import io.reefmesh.chaos.history.Findings;
import io.reefmesh.chaos.history.History;
import io.reefmesh.chaos.mesh.ChaosMesh;
import io.reefmesh.chaos.mesh.MeshTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** All lanes together. */
public final class Nemesis {

  /**
   * What it works on.
   *
   * @param mesh whom it harms
   * @param callers whose connections it harms
   * @param seats which nodes are free to be harmed
   * @param disk what it fills, if there is one
   * @param tower how it sees recoveries
   * @param history where submissions of its own go
   * @param log where it writes what it does
   * @param findings where it says what must not happen
   */
  public record Surroundings(
      ChaosMesh mesh,
      List<Caller> callers,
      Seats seats,
      Optional<DiskVolume> disk,
      Watchtower tower,
      History history,
      FaultLog log,
      Findings findings) {}

  private final Surroundings around;
  private final SplittableRandom random;

  /** A nemesis that this seed moves. */
  public Nemesis(Surroundings around, SplittableRandom random) {
    this.around = around;
    this.random = random;
    if (around.disk().isEmpty()) {
      around.log().skip(FaultKind.DISK_FULL, "no disk can be mounted here (that takes root)");
    }
    if (around.mesh().gateway().clock().isEmpty()) {
      String why = "the library that moves a clock cannot be compiled or preloaded here (needs cc)";
      around.log().skip(FaultKind.GATEWAY_CLOCK, why);
      around.log().skip(FaultKind.NODE_CLOCK, why);
    }
  }

  /** Lets all lanes run and waits until they are through. */
  public void rage(LanePlan plan) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (Lane lane : lanes(plan)) {
      Thread thread = new Thread(lane, lane.getClass().getSimpleName());
      thread.setUncaughtExceptionHandler(
          (which, why) -> around.findings().add("nemesis", which.getName() + " broke: " + why));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private List<Lane> lanes(LanePlan plan) {
    MeshTimes times = around.mesh().plan().times();
    return List.of(
        new GatewayLane(around, plan, random.split()),
        new ClockLane(around.mesh().gateway(), plan, around.log(), around.tower(), random.split()),
        new NodeLane(around.seats(), times, plan, around.log(), around.tower(), random.split()),
        new LinkLane(around.seats(), times, plan, around.log(), around.tower(), random.split()),
        new ClientLane(around.callers(), plan, around.log(), around.tower(), random.split()));
  }
}
