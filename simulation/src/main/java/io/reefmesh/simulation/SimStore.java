package io.reefmesh.simulation;

import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.store.InMemoryTaskStore;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskQuery;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A disk that outlives gateways and fails by the seed's will, or at one given commit. What is
 * durable is kept by the real in-memory store, so that what mutations mean is the product's own
 * code.
 */
final class SimStore implements TaskStore {

  /** The process died at this point. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;

    Crash(String where) {
      super(where, null, false, false);
    }
  }

  /** One commit in this many fails, and in this many is slow. */
  private static final int FAILS_ONE_IN = 200;

  private static final int SLOW_ONE_IN = 700;
  private static final Fault[] FAILURES = {
    Fault.CRASH_BEFORE_COMMIT,
    Fault.CRASH_AFTER_COMMIT,
    Fault.TORN_COMMIT,
    Fault.COMMIT_UNANSWERED,
    Fault.DISK_FULL
  };

  private final InMemoryTaskStore disk = new InMemoryTaskStore();
  private final Ledger ledger;
  private final FaultLog faults;
  private final SplittableRandom random;
  private final @Nullable CrashPoint crashPoint;
  private WriteLease newest = new WriteLease(0);
  private int commits;
  private boolean faulty;
  private long slowMillis;

  SimStore(
      Ledger ledger, FaultLog faults, SplittableRandom random, @Nullable CrashPoint crashPoint) {
    this.ledger = ledger;
    this.faults = faults;
    this.random = random;
    this.crashPoint = crashPoint;
  }

  void faulty(boolean fails) {
    faulty = fails;
  }

  int commits() {
    return commits;
  }

  /** How long the commits since the last call took. */
  long takeSlowMillis() {
    long slow = slowMillis;
    slowMillis = 0;
    return slow;
  }

  long slowMillis() {
    return slowMillis;
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public WriteLease acquire() {
    newest = disk.acquire();
    return newest;
  }

  @Override
  public long load(WriteLease lease, long requestIdsFromMillis, LoadSink sink) {
    return disk.load(lease, requestIdsFromMillis, sink);
  }

  @Override
  public CompletionStage<Void> commit(WriteLease lease, List<Mutation> mutations, long nowMillis) {
    if (isFenced(lease)) {
      return CompletableFuture.failedFuture(fenced());
    }
    commits++;
    Fault fault = faultOfThisCommit();
    if (fault == null) {
      write(mutations, nowMillis);
      return CompletableFuture.completedFuture(null);
    }
    faults.count(fault);
    return failing(fault, mutations, nowMillis);
  }

  private boolean isFenced(WriteLease lease) {
    return lease.epoch() != newest.epoch();
  }

  private static StoreException fenced() {
    return new StoreException(StoreException.Kind.FENCED, "a newer gateway writes");
  }

  private @Nullable Fault faultOfThisCommit() {
    if (crashPoint != null) {
      return crashPoint.commit() == commits ? crashPoint.how() : null;
    }
    if (!faulty) {
      return null;
    }
    if (random.nextInt(SLOW_ONE_IN) == 0) {
      return Fault.SLOW_DISK;
    }
    return random.nextInt(FAILS_ONE_IN) == 0 ? FAILURES[random.nextInt(FAILURES.length)] : null;
  }

  private CompletionStage<Void> failing(Fault fault, List<Mutation> mutations, long nowMillis) {
    switch (fault) {
      case CRASH_BEFORE_COMMIT -> throw new Crash("before commit " + commits);
      case CRASH_AFTER_COMMIT -> {
        write(mutations, nowMillis);
        throw new Crash("after commit " + commits);
      }
      case TORN_COMMIT -> {
        // Our stores write all or nothing; whoever survives any beginning survives those, too.
        int kept = random.nextInt(mutations.size() + 1);
        write(mutations.subList(0, kept), nowMillis);
        throw new Crash("within commit " + commits + ", after " + kept + " changes");
      }
      case COMMIT_UNANSWERED -> {
        write(mutations, nowMillis);
        return CompletableFuture.failedFuture(
            new StoreException(StoreException.Kind.BROKEN, "written, and not said so"));
      }
      case DISK_FULL -> {
        return CompletableFuture.failedFuture(
            new StoreException(StoreException.Kind.DISK_FULL, "no room"));
      }
      case SLOW_DISK -> {
        write(mutations, nowMillis);
        slowMillis = random.nextInt(3_000);
        return CompletableFuture.completedFuture(null);
      }
      default -> throw new IllegalArgumentException(fault + " is no fault of a commit");
    }
  }

  private void write(List<Mutation> mutations, long nowMillis) {
    ledger.commitBegins();
    mutations.forEach(ledger::durable);
    try {
      disk.commit(newest, mutations, nowMillis).toCompletableFuture().join();
    } catch (CompletionException e) {
      throw new Violation("I12 the record was broken: " + e.getCause(), e);
    }
  }

  @Override
  public Map<TaskId, StoredTask> read(Collection<TaskId> ids) {
    return disk.read(ids);
  }

  @Override
  public TaskQuery.Page list(TaskQuery query) {
    return disk.list(query);
  }

  @Override
  public int expire(WriteLease lease, long finishedBeforeMillis, long keepAtMost, int limit) {
    if (isFenced(lease)) {
      throw fenced();
    }
    return disk.expire(lease, finishedBeforeMillis, keepAtMost, limit);
  }

  @Override
  public void close() {}
}
