package io.reefmesh.chaos;

import io.reefmesh.chaos.mesh.GatewaySeat;
import io.reefmesh.chaos.mesh.NodeSeat;
import io.reefmesh.chaos.work.Effect;
import io.reefmesh.chaos.work.Effect.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Kills the gateway, starts it again, and keeps the times. */
final class KillTimes {

  /**
   * What became of the work that ran when the gateway was killed.
   *
   * @param running attempts that ran, over all kills
   * @param again of these, tasks that had to run again
   * @param worst the smallest share of one kill that went on undisturbed
   */
  record Adoption(long running, long again, double worst) {

    /** The share of all kills together. */
    double together() {
      return running == 0 ? 0 : 1 - (double) again / running;
    }
  }

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

  /** Follows each attempt that ran at a kill: did its task have to begin again? */
  Adoption adoption(List<Effect> effects) {
    Map<String, Effect> begun = new HashMap<>();
    Map<String, Long> over = new HashMap<>();
    Map<String, Integer> lastAttempt = new HashMap<>();
    for (Effect effect : effects) {
      if (effect.kind() == Kind.BEGUN) {
        begun.put(effect.token(), effect);
        lastAttempt.merge(effect.taskId(), effect.attempt(), Math::max);
      } else {
        over.put(effect.token(), effect.nanos());
      }
    }
    Map<Integer, Set<String>> againByKill = new TreeMap<>();
    long running = 0;
    List<Integer> runningByKill = new ArrayList<>();
    Map<String, Integer> lastKillOf = new HashMap<>();
    for (int kill = 0; kill < killedNanos.size(); kill++) {
      long at = killedNanos.get(kill);
      int here = 0;
      for (Effect effect : begun.values()) {
        if (effect.nanos() <= at && over.getOrDefault(effect.token(), Long.MAX_VALUE) > at) {
          here++;
          lastKillOf.put(effect.token(), kill);
        }
      }
      runningByKill.add(here);
      running += here;
    }
    // What ran through several kills and began again did so because of the last of them.
    lastKillOf.forEach(
        (token, kill) -> {
          Effect effect = begun.get(token);
          if (effect != null && lastAttempt.getOrDefault(effect.taskId(), 0) > effect.attempt()) {
            againByKill.computeIfAbsent(kill, k -> new HashSet<>()).add(token);
          }
        });
    long again = 0;
    double worst = 1;
    for (int kill = 0; kill < runningByKill.size(); kill++) {
      int here = againByKill.getOrDefault(kill, Set.of()).size();
      again += here;
      worst = Math.min(worst, 1 - (double) here / Math.max(1, runningByKill.get(kill)));
    }
    return new Adoption(running, again, worst);
  }
}
