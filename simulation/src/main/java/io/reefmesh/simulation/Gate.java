package io.reefmesh.simulation;

import io.reefmesh.simulation.mutants.MutantHunt;
import java.nio.file.Path;
import java.util.List;

/** What must hold before a change is merged. Says what it does, and in its last line the sum. */
final class Gate {

  private static final long STEPS = 5_000_000;
  private static final long REPEATED = 200;
  private static final long MIN_TASKS_PER_SEED = 100;
  private static final long MIN_FAULTS_PER_SEED = 5;

  private final int threads;
  private final Path root;
  private int passed;
  private int failed;

  Gate(int threads, Path root) {
    this.threads = threads;
    this.root = root;
  }

  int run() throws InterruptedException {
    count(regressions());
    count(crashPoints());
    seeds();
    System.out.println("planted bugs, each to be found within " + MutantHunt.SEEDS + " seeds:");
    MutantHunt hunt = new MutantHunt(root, null, threads);
    int survivors = hunt.run();
    passed += hunt.count() - survivors;
    failed += survivors;
    System.out.println("simulation: " + passed + " passed, " + failed + " failed");
    return failed == 0 ? 0 : 1;
  }

  private boolean count(boolean good) {
    passed += good ? 1 : 0;
    failed += good ? 0 : 1;
    return good;
  }

  boolean regressions() {
    List<Regressions.Found> all = Regressions.all();
    boolean good = true;
    for (Regressions.Found found : all) {
      try {
        Regressions.replay(found);
      } catch (RuntimeException violation) {
        good = false;
        System.out.println("BACK: " + found + ": " + violation.getMessage());
      }
    }
    System.out.println(all.size() + " seeds that once found a bug");
    return good;
  }

  boolean crashPoints() throws InterruptedException {
    CrashPoints points = new CrashPoints();
    String failure = points.run(threads);
    System.out.println(
        failure == null
            ? "one story with "
                + points.commits()
                + " commits, lived "
                + points.lives()
                + " times: each commit failed in each way"
            : "crash point FAILED: " + failure);
    return failure == null;
  }

  private void seeds() throws InterruptedException {
    Campaign campaign = new Campaign(new Campaign.Goal(1, REPEATED, STEPS, 0, REPEATED), false);
    Campaign.Failure failure = campaign.run(threads);
    if (failure != null) {
      Simulate.tell(failure);
      count(false);
      return;
    }
    System.out.println(campaign.figures());
    System.out.println(campaign.details());
    count(true);
    Fault never = campaign.neverHappened();
    say(
        never == null,
        "every kind of fault happened" + (never == null ? "" : ", but not " + never));
    say(
        campaign.tasks() >= MIN_TASKS_PER_SEED * campaign.seeds(),
        "tasks per seed: " + campaign.tasks() / campaign.seeds());
    say(
        campaign.faults().total() >= MIN_FAULTS_PER_SEED * campaign.seeds(),
        "faults per seed: " + campaign.faults().total() / campaign.seeds());
  }

  private void say(boolean good, String what) {
    System.out.println((count(good) ? "ok   " : "FAIL ") + what);
  }
}
