package io.reefmesh.chaos;

import io.reefmesh.chaos.history.LossRules;
import io.reefmesh.chaos.history.LossRules.Loss;
import io.reefmesh.chaos.history.LossRules.Moves;
import io.reefmesh.chaos.history.Outcome;
import io.reefmesh.chaos.mesh.MeshTimes;
import io.reefmesh.chaos.mesh.NodeSeat;
import io.reefmesh.chaos.nemesis.FaultKind;
import io.reefmesh.chaos.report.Figures;
import io.reefmesh.chaos.report.RunReport;
import io.reefmesh.chaos.work.Effect;
import io.reefmesh.v1.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Nodes are killed and frozen under load, and nothing else is done: how long until their work runs
 * elsewhere?
 */
final class NodeLoss {

  private static final Duration AFTER_KILL = Duration.ofSeconds(1);
  private static final Duration AFTER_FREEZE = Duration.ofSeconds(2);
  private static final int SETTLE_MILLIS = 1_500;

  private final ChaosRun run;
  private final List<Loss> killed = new ArrayList<>();
  private final List<Loss> frozen = new ArrayList<>();

  NodeLoss(ChaosRun run) {
    this.run = run;
  }

  /**
   * Kills so many nodes at once, waits until their work should run elsewhere, and starts them
   * again; then the same with freezing. Not both at once: a frozen node looks well for a while, and
   * work of a killed one might go there.
   */
  void round(int kills, int freezes) throws InterruptedException {
    List<NodeSeat> order = new ArrayList<>(run.mesh.nodes());
    Collections.shuffle(order, new Random(run.random.nextLong()));
    kill(order.subList(0, kills));
    freeze(order.subList(kills, kills + freezes));
  }

  private void kill(List<NodeSeat> seats) throws InterruptedException {
    for (NodeSeat seat : seats) {
      seat.process().kill();
      killed.add(new Loss(seat.id(), seat.life(), System.nanoTime()));
      run.log.note("node loss: kill -9 " + seat.id() + " life " + seat.life());
    }
    TimeUnit.MILLISECONDS.sleep(
        run.mesh.plan().times().grace().plus(AFTER_KILL).toMillis() + SETTLE_MILLIS);
    long started = System.nanoTime();
    seats.forEach(NodeSeat::start);
    for (NodeSeat seat : seats) {
      linked(FaultKind.NODE_KILL, killed, seat, started, seat.awaitReady());
    }
    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
  }

  private void freeze(List<NodeSeat> seats) throws InterruptedException {
    for (NodeSeat seat : seats) {
      seat.process().freeze();
      frozen.add(new Loss(seat.id(), seat.life(), System.nanoTime()));
      run.log.note("node loss: freeze " + seat.id() + " life " + seat.life());
    }
    TimeUnit.MILLISECONDS.sleep(
        run.mesh.plan().times().lostAfter().plus(AFTER_FREEZE).toMillis() + SETTLE_MILLIS);
    long thawed = System.nanoTime();
    for (NodeSeat seat : seats) {
      seat.process().thaw();
    }
    for (NodeSeat seat : seats) {
      linked(FaultKind.NODE_FREEZE, frozen, seat, thawed, "");
    }
    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
  }

  private void linked(
      FaultKind kind, List<Loss> losses, NodeSeat seat, long fromNanos, String incarnation)
      throws InterruptedException {
    Duration limit = Duration.ofSeconds(45);
    var linked = run.tower.linked(seat.id(), incarnation, limit);
    if (linked.isEmpty()) {
      run.log.neverRecovered(kind, seat.id(), limit);
    }
    long lostNanos =
        losses.stream()
            .filter(loss -> loss.node().equals(seat.id()))
            .reduce((first, last) -> last)
            .map(Loss::nanos)
            .orElse(fromNanos);
    run.log.add(
        kind,
        seat.id(),
        lostNanos,
        fromNanos,
        Duration.ofNanos(linked.orElse(System.nanoTime()) - fromNanos));
  }

  /** Compares what the handlers' traces say with what was promised. */
  void report(RunReport report, List<Effect> effects) {
    MeshTimes times = run.mesh.plan().times();
    report(
        report,
        "work of killed nodes ran elsewhere after",
        killed,
        effects,
        times.grace().plus(AFTER_KILL));
    report(
        report,
        "work of frozen nodes ran elsewhere after",
        frozen,
        effects,
        times.lostAfter().plus(AFTER_FREEZE));
  }

  private void report(
      RunReport report, String name, List<Loss> losses, List<Effect> effects, Duration bound) {
    List<Duration> moved = new ArrayList<>();
    List<String> stuck = new ArrayList<>();
    for (Loss loss : losses) {
      Moves moves = LossRules.follow(loss, effects);
      moves.movedNanos().forEach(nanos -> moved.add(Duration.ofNanos(nanos)));
      moves.notMoved().stream().filter(this::shouldHaveMoved).forEach(stuck::add);
    }
    Figures figures = report.figures(name, moved);
    report.check(
        name + " " + bound.toMillis() + " ms at most (p99)",
        !moved.isEmpty() && figures.p99().compareTo(bound) <= 0,
        figures.p99().toMillis() + " ms over " + moved.size() + " tasks");
    report.check(
        name + ": none stayed behind", stuck.isEmpty(), stuck.isEmpty() ? "" : stuck.toString());
  }

  /** Work that was cancelled, or had no attempt left, need not run again. */
  private boolean shouldHaveMoved(String taskId) {
    Outcome outcome = run.history.outcome(taskId);
    return outcome == null || outcome.task().getState() == TaskState.TASK_STATE_SUCCEEDED;
  }
}
