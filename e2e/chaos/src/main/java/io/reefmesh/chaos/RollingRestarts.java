package io.reefmesh.chaos;

import io.reefmesh.chaos.mesh.NodeSeat;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Nodes are told to stop, one after the other, and started again: as when they are updated. */
final class RollingRestarts {

  private static final int PAUSE_MILLIS = 1_000;
  private static final Duration LINK_LIMIT = Duration.ofSeconds(45);

  private final ChaosRun run;
  private int restarts;

  RollingRestarts(ChaosRun run) {
    this.run = run;
  }

  /** Goes on for so long; gives the number of restarts. */
  int goOn(Duration duration) throws InterruptedException {
    long end = System.nanoTime() + duration.toNanos();
    while (System.nanoTime() < end) {
      for (NodeSeat seat : run.mesh.nodes()) {
        if (System.nanoTime() >= end) {
          break;
        }
        restart(seat);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    }
    return restarts;
  }

  private void restart(NodeSeat seat) throws InterruptedException {
    long told = System.nanoTime();
    run.log.note("rolling restart: stop " + seat.id());
    seat.process().terminate();
    Duration limit = run.mesh.plan().stopTimeout().plusSeconds(20);
    if (!seat.process().awaitEnd(limit)) {
      run.findings.add(
          "process", seat.id() + " did not end within " + limit.toSeconds() + " s of SIGTERM");
      seat.process().kill();
    } else if (seat.process().exitCode() != 0) {
      run.findings.add("process", seat.id() + " ended with " + seat.process().exitCode());
    }
    run.log.figure("a node stops after SIGTERM", Duration.ofNanos(System.nanoTime() - told));
    long started = System.nanoTime();
    seat.start();
    String incarnation = seat.awaitReady();
    if (run.tower.linked(seat.id(), incarnation, LINK_LIMIT).isEmpty()) {
      run.findings.add("recovery", seat.id() + " was not linked after its restart");
    }
    run.log.figure("a restarted node is linked", Duration.ofNanos(System.nanoTime() - started));
    restarts++;
  }
}
