package io.reefmesh.simulation;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lives through many seeds, several at a time, until enough has been seen or one fails. Each seed
 * is one thread's alone; what they came to is summed up here.
 */
final class Campaign {

  private static final long PROGRESS_NANOS = 10_000_000_000L;

  /**
   * How much is enough: all of these.
   *
   * @param first the first seed
   * @param seeds how many at least
   * @param steps how many events of dispatchers at least
   * @param nanos how long at least
   * @param repeated how many of the first seeds are lived twice
   */
  record Goal(long first, long seeds, long steps, long nanos, long repeated) {}

  /** A seed that broke a promise. */
  record Failure(long seed, RuntimeException cause) {}

  private final Goal goal;
  private final boolean tracing;
  private final long began = System.nanoTime();
  private final AtomicLong next;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private final FaultLog faults = new FaultLog();
  private final Map<Shape, Integer> seedsByShape = new EnumMap<>(Shape.class);
  private long seeds;
  private long repeated;
  private long steps;
  private long tasks;
  private long lastProgress = began;
  private @Nullable Failure failure;

  Campaign(Goal goal, boolean tracing) {
    this.goal = goal;
    this.tracing = tracing;
    this.next = new AtomicLong(goal.first());
  }

  /** Lives through the seeds; null: all promises were kept. */
  @Nullable Failure run(int threads) throws InterruptedException {
    Thread[] workers = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      workers[i] = new Thread(this::work, "seeds-" + i);
      workers[i].start();
    }
    for (Thread worker : workers) {
      worker.join();
    }
    return failure;
  }

  private void work() {
    while (!stop.get()) {
      long seed = next.getAndIncrement();
      boolean onlySeedsCount = goal.steps() == 0 && goal.nanos() == 0;
      if (onlySeedsCount && seed - goal.first() >= goal.seeds()) {
        return;
      }
      try {
        live(seed);
      } catch (RuntimeException | Error e) {
        failed(seed, e instanceof RuntimeException r ? r : new IllegalStateException(e));
      }
    }
  }

  private void live(long seed) {
    World.Report report = World.run(seed, tracing);
    boolean again = seed - goal.first() < goal.repeated();
    if (again) {
      report.compareWith(World.run(seed, false));
    }
    sum(report, again);
  }

  private void sum(World.Report report, boolean again) {
    lock.lock();
    try {
      seeds++;
      repeated += again ? 1 : 0;
      seedsByShape.merge(report.shape(), 1, Integer::sum);
      // A second life counts once: it is the same history.
      steps += report.steps();
      tasks += report.tasks();
      faults.add(report.faults());
      long now = System.nanoTime();
      if (seeds >= goal.seeds() && steps >= goal.steps() && now - began >= goal.nanos()) {
        stop.set(true);
      }
      if (now - lastProgress > PROGRESS_NANOS) {
        lastProgress = now;
        System.err.println("simulate: " + figures());
      }
    } finally {
      lock.unlock();
    }
  }

  private void failed(long seed, RuntimeException cause) {
    lock.lock();
    try {
      stop.set(true);
      Failure before = failure;
      if (before == null || seed < before.seed()) {
        failure = new Failure(seed, cause);
      }
    } finally {
      lock.unlock();
    }
  }

  long seeds() {
    return seeds;
  }

  long steps() {
    return steps;
  }

  long tasks() {
    return tasks;
  }

  FaultLog faults() {
    return faults;
  }

  /** In one line. */
  String figures() {
    double seconds = (System.nanoTime() - began) / 1e9;
    return String.format(
        Locale.ROOT,
        "%d seeds (%d of them twice), %d engine steps, %d tasks, %d faults in %.1f s: %.0f steps/s",
        seeds,
        repeated,
        steps,
        tasks,
        faults.total(),
        seconds,
        steps / seconds);
  }

  /** Seeds by shape, and faults by kind. */
  String details() {
    StringBuilder shapes = new StringBuilder("seeds by shape:");
    for (Shape shape : Shape.values()) {
      shapes
          .append(' ')
          .append(shape.name().toLowerCase(Locale.ROOT))
          .append('=')
          .append(seedsByShape.getOrDefault(shape, 0));
    }
    return shapes + "\nfaults by kind: " + faults;
  }

  /** Whether each kind of fault has happened; the first that has not, or null. */
  @Nullable Fault neverHappened() {
    return Arrays.stream(Fault.values()).filter(f -> faults.of(f) == 0).findFirst().orElse(null);
  }
}
