package io.reefmesh.simulation;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One fixed story, lived once for each of its commits and each way in which that can fail. */
final class CrashPoints {

  private static final long STORY = 2_026;
  private static final List<Fault> WAYS =
      List.of(
          Fault.CRASH_BEFORE_COMMIT,
          Fault.CRASH_AFTER_COMMIT,
          Fault.TORN_COMMIT,
          Fault.COMMIT_UNANSWERED);

  private final int commits;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

  CrashPoints() {
    commits = story(null).commits();
  }

  private static World.Report story(@Nullable CrashPoint point) {
    return World.run(STORY, Shape.SCRIPT, false, point);
  }

  int commits() {
    return commits;
  }

  int lives() {
    return commits * WAYS.size();
  }

  /** Null: every promise was kept in each of them. */
  @Nullable String run(int threads) throws InterruptedException {
    Thread[] workers = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      workers[i] = new Thread(this::work, "crash-points-" + i);
      workers[i].start();
    }
    for (Thread worker : workers) {
      worker.join();
    }
    return failure.get();
  }

  private void work() {
    int index;
    while (failure.get() == null && (index = next.getAndIncrement()) < lives()) {
      CrashPoint point = new CrashPoint(index / WAYS.size() + 1, WAYS.get(index % WAYS.size()));
      try {
        World.Report report = story(point);
        Promises.require(
            report.faults().of(point.how()) == 1, "D1 the story has no such commit", point);
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, point + ": " + e.getMessage());
      }
    }
  }
}
