package io.reefmesh.cli.demo;

import io.reefmesh.cli.output.Durations;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The work of the demo: all tasks through the mesh, a bounded number at a time, while one node is
 * killed and comes back. Belongs to one thread; outcomes reach it through a queue.
 */
final class DemoRun {

  private static final Duration TURN = Duration.ofMillis(200);

  /** A node that holds this much shows best what its loss means; hashing is quick. */
  private static final int WORTH_KILLING = 3;

  /** So that it is really away for a while. */
  private static final Duration RESTART_AT_EARLIEST = Duration.ofSeconds(1);

  /** With nothing but the killed node able to work, it comes back without waiting for progress. */
  private static final Duration RESTART_AT_LATEST = Duration.ofSeconds(5);

  /** An outcome, or why there is none. */
  private record Ending(
      HashedFile file, @Nullable Task task, @Nullable Throwable why, long nanos) {}

  private final DemoMesh mesh;
  private final MeshClient client;
  private final List<HashedFile> work;
  private final Function<HashedFile, TaskSpec> spec;
  private final String victim;
  private final int window;
  private final DemoProgress progress;
  private final BlockingQueue<Ending> endings = new LinkedBlockingQueue<>();
  private final List<TaskRun> runs = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private String killedIncarnation = "";
  private long killedAtNanos;
  private boolean restarted;

  /**
   * A run.
   *
   * @param work the files, one task each
   * @param spec the task for a file
   * @param victim the node to kill
   * @param window how many tasks may be under way at once
   */
  DemoRun(
      DemoMesh mesh,
      MeshClient client,
      List<HashedFile> work,
      Function<HashedFile, TaskSpec> spec,
      String victim,
      int window,
      Terminal terminal) {
    this.mesh = mesh;
    this.client = client;
    this.work = work;
    this.spec = spec;
    this.victim = victim;
    this.window = window;
    this.progress = new DemoProgress(terminal, work.size());
  }

  /**
   * Does all of it; gives up on what has no outcome after the limit, which the report then says.
   */
  DemoReport run(Duration limit) throws InterruptedException {
    long start = System.nanoTime();
    long end = start + limit.toNanos();
    int submitted = 0;
    int ended = 0;
    while (ended < work.size() && System.nanoTime() < end) {
      while (submitted < work.size() && submitted - ended < window) {
        submit(work.get(submitted));
        submitted++;
      }
      Ending ending = endings.poll(TURN.toMillis(), TimeUnit.MILLISECONDS);
      if (ending != null) {
        ended++;
        record(ending);
        progress.done(ended);
      }
      killOrRestart(ended);
    }
    Duration wall = Duration.ofNanos(System.nanoTime() - start);
    progress.end();
    comeBack();
    return DemoReport.of(work.size(), runs, victim, killedIncarnation, wall, faults);
  }

  /** The id of a task that ended; empty if none did. */
  Optional<String> lastTaskId() {
    return runs.isEmpty()
        ? Optional.empty()
        : Optional.of(runs.get(runs.size() - 1).task().getId());
  }

  private void submit(HashedFile file) {
    long start = System.nanoTime();
    TaskHandle handle = client.submit(spec.apply(file));
    var unused =
        handle
            .outcome()
            .whenComplete(
                (task, why) -> endings.add(new Ending(file, task, why, System.nanoTime() - start)));
  }

  private void record(Ending ending) {
    if (ending.task() != null) {
      runs.add(new TaskRun(ending.file(), ending.task(), ending.nanos()));
    } else {
      faults.add(ending.file().path() + ": " + ending.why());
    }
  }

  private void killOrRestart(int ended) throws InterruptedException {
    if (killedIncarnation.isEmpty()) {
      if (ended >= work.size() / 3) {
        killIfItHoldsWork(ended);
      }
    } else if (!restarted && isTimeToRestart(ended)) {
      restarted = true;
      mesh.startNode(victim);
      progress.note(victim + " is started again " + Durations.show(sinceKill()) + " later");
    }
  }

  /**
   * From a third on, at the first moment at which it is busy; with half of it done, in any case.
   */
  private void killIfItHoldsWork(int ended) throws InterruptedException {
    Node node = client.fleet().getNode(victim);
    if (node.getHeldCount() < WORTH_KILLING && ended < work.size() / 2) {
      return;
    }
    mesh.killNode(victim);
    killedIncarnation = node.getIncarnation();
    killedAtNanos = System.nanoTime();
    progress.note(
        victim
            + " is killed (SIGKILL) with "
            + ended
            + " tasks done; it held "
            + node.getHeldCount()
            + " a moment ago");
  }

  private boolean isTimeToRestart(int ended) {
    Duration away = sinceKill();
    return away.compareTo(RESTART_AT_LATEST) > 0
        || (away.compareTo(RESTART_AT_EARLIEST) > 0 && ended >= work.size() * 2L / 3);
  }

  private Duration sinceKill() {
    return Duration.ofNanos(System.nanoTime() - killedAtNanos);
  }

  private void comeBack() throws InterruptedException {
    if (killedIncarnation.isEmpty()) {
      faults.add("the run ended before " + victim + " could be killed");
      return;
    }
    if (!restarted) {
      mesh.startNode(victim);
      progress.note(victim + " is started again " + Durations.show(sinceKill()) + " later");
    }
    mesh.awaitNode(victim);
    if (client.fleet().getNode(victim).getIncarnation().equals(killedIncarnation)) {
      faults.add(victim + " is still known by the life that was killed");
    }
    progress.note(victim + " is back in the mesh");
    for (String name : mesh.ended()) {
      faults.add(name + " ended by itself: see its log in " + mesh.folder());
    }
  }
}
