package io.reefmesh.chaos;

import io.reefmesh.chaos.history.AdoptionRules;
import io.reefmesh.chaos.mesh.GatewaySeat;
import io.reefmesh.chaos.mesh.NodeSeat;
import io.reefmesh.chaos.work.Effect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Kills the gateway, starts it again, and keeps the times. */
final class KillTimes {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final ChaosRun run;
  private final List<Long> killedNanos = new ArrayList<>();
  private final List<Duration> acknowledged = new ArrayList<>();
  private final List<Duration> serving = new ArrayList<>();
  private final List<Duration> linked = new ArrayList<>();
  private final List<Duration> outage = new ArrayList<>();

  KillTimes(ChaosRun run) {
    this.run = run;
  }

  void killOnce(int number, KillLoad load) throws InterruptedException {
    GatewaySeat gateway = run.mesh.gateway();
    String before = load.standing();
    gateway.process().kill();
    long killed = System.nanoTime();
    killedNanos.add(killed);
    gateway.gone();
    gateway.start();
    long started = gateway.process().startedNanos();
    Duration served = since(started, run.tower.serving(LIMIT), "health", serving);
    Duration took = since(started, run.tower.firstAcknowledged(LIMIT), "submits", acknowledged);
    outage.add(Duration.ofNanos(started - killed).plus(took));
    Duration back = allLinked(started);
    ChaosRun.say(
        "kill %d: %s; SERVING after %d ms, first submit acknowledged after %d ms, nodes back after %d ms"
            .formatted(number, before, served.toMillis(), took.toMillis(), back.toMillis()));
  }

  private Duration since(long nanos, Optional<Long> then, String what, List<Duration> figures) {
    if (then.isEmpty()) {
      run.findings.add("recovery", what + " did not come back after a kill of the gateway");
      return LIMIT;
    }
    Duration took = Duration.ofNanos(then.get() - nanos);
    figures.add(took);
    return took;
  }

  private Duration allLinked(long started) throws InterruptedException {
    for (NodeSeat seat : run.mesh.nodes()) {
      if (run.tower.linked(seat.id(), "", LIMIT).isEmpty()) {
        run.findings.add("recovery", seat.id() + " was not linked again after a kill");
      }
    }
    Duration took = Duration.ofNanos(System.nanoTime() - started);
    linked.add(took);
    return took;
  }

  List<Duration> acknowledged() {
    return acknowledged;
  }

  List<Duration> serving() {
    return serving;
  }

  List<Duration> linked() {
    return linked;
  }

  List<Duration> outage() {
    return outage;
  }

  /** What became of the work that ran when the gateway was killed. */
  AdoptionRules.Adoption adoption(List<Effect> effects) {
    return AdoptionRules.follow(killedNanos, effects);
  }
}
