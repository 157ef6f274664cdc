package io.reefmesh.simulation;

import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.store.InMemoryTaskStore;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskQuery;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A disk that outlives gateways and fails by the seed's will. What is durable is kept by the real
 * in-memory store, so that what mutations mean is the product's own code.
 */
final class SimStore implements TaskStore {

  /** The process died at this point. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;

    Crash(String where) {
      super(where);
    }
  }

  private final InMemoryTaskStore disk = new InMemoryTaskStore();
  private final Promises promises;
  private final SplittableRandom random;
  private final @Nullable Mutant mutant;
  private final Map<Promises.Ref, String> leases = new HashMap<>();
  private final List<Mutation> late = new ArrayList<>();
  private WriteLease newest = new WriteLease(0);
  boolean faulty;
  int faults;
  long slowMillis;

  SimStore(Promises promises, SplittableRandom random, @Nullable Mutant mutant) {
    this.promises = promises;
    this.random = random;
    this.mutant = mutant;
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public WriteLease acquire() {
    // What a lying disk had not written is gone with the process.
    late.clear();
    newest = disk.acquire();
    return newest;
  }

  @Override
  public long load(WriteLease lease, long requestIdsFromMillis, LoadSink sink) {
    return disk.load(lease, requestIdsFromMillis, mutant == null ? sink : forgetful(sink));
  }

  @Override
  public CompletionStage<Void> commit(WriteLease lease, List<Mutation> mutations, long nowMillis) {
    if (lease.epoch() != newest.epoch() && mutant != Mutant.EPOCH_IGNORED) {
      return CompletableFuture.failedFuture(
          new StoreException(StoreException.Kind.FENCED, "a newer gateway writes"));
    }
    int fate = faulty ? random.nextInt(1_500) : Integer.MAX_VALUE;
    if (fate < 8) {
      faults++;
    }
    if (fate == 0 || fate == 1) {
      throw new Crash("before the commit");
    }
    if (fate == 2) {
      return CompletableFuture.failedFuture(
          new StoreException(StoreException.Kind.DISK_FULL, "no room"));
    }
    write(mutations, nowMillis);
    if (fate == 3 || fate == 4) {
      throw new Crash("after the commit");
    }
    if (fate == 5) {
      return CompletableFuture.failedFuture(
          new StoreException(StoreException.Kind.BROKEN, "written, and not said so"));
    }
    if (fate == 6 || fate == 7) {
      slowMillis = random.nextInt(3_000);
    }
    return CompletableFuture.completedFuture(null);
  }

  private void write(List<Mutation> mutations, long nowMillis) {
    promises.willCommit(mutations);
    List<Mutation> now = new ArrayList<>(late);
    late.clear();
    for (Mutation mutation : mutations) {
      if (isLate(mutation)) {
        late.add(mutation);
      } else if (!isDropped(mutation)) {
        now.add(mutation);
      }
    }
    CompletionStage<Void> done = disk.commit(newest, now, nowMillis);
    if (done.toCompletableFuture().isCompletedExceptionally()) {
      throw new Violation("the record was broken by " + now);
    }
    for (Mutation mutation : now) {
      if (mutation instanceof Mutation.Assigned m) {
        leases.put(new Promises.Ref(m.id(), m.attempt()), m.nodeId());
      }
    }
  }

  /** The node that a push was durably leased to; null: none was. */
  @Nullable String leaseOf(Promises.Ref ref) {
    return leases.get(ref);
  }

  private boolean isLate(Mutation mutation) {
    if (mutant == null) {
      return false;
    }
    return switch (mutant) {
      case ACK_BEFORE_COMMIT -> true;
      case OUTCOME_ACKED_BEFORE_COMMIT -> mutation instanceof Mutation.Ended;
      case PUSH_BEFORE_COMMIT -> mutation instanceof Mutation.Assigned;
      default -> false;
    };
  }

  private boolean isDropped(Mutation mutation) {
    return mutant == Mutant.CANCEL_NOT_RECORDED
        && mutation instanceof Mutation.Ended ended
        && ended.state() == TaskState.CANCELLED;
  }

  private LoadSink forgetful(LoadSink sink) {
    return new LoadSink() {
      @Override
      public void task(StoredTask task) {
        if (mutant == Mutant.RESTART_FORGETS_QUEUED && task.state() == TaskState.QUEUED) {
          return;
        }
        sink.task(remembered(task));
      }

      @Override
      public void requestId(String project, String requestId, String digest, TaskId id) {
        if (mutant != Mutant.RESTART_FORGETS_REQUEST_IDS) {
          sink.requestId(project, requestId, digest, id);
        }
      }
    };
  }

  private StoredTask remembered(StoredTask task) {
    boolean forgetHistory = mutant == Mutant.RESTART_FORGETS_HISTORY;
    boolean forgetBackoff = mutant == Mutant.RESTART_FORGETS_BACKOFF;
    boolean reuse = mutant == Mutant.ATTEMPT_REUSED && task.state() == TaskState.QUEUED;
    return new StoredTask(
        task.id(),
        task.project(),
        task.type(),
        task.session(),
        task.requestId(),
        task.digest(),
        task.body(),
        task.state(),
        reuse ? 0 : task.attempt(),
        task.nodeId(),
        task.incarnation(),
        task.assignedAtMillis(),
        task.queuedAtMillis(),
        forgetBackoff ? 0 : task.notBeforeMillis(),
        forgetHistory ? com.google.common.collect.ImmutableList.of() : task.history(),
        task.finishedAtMillis(),
        task.failure(),
        task.result());
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
    return disk.expire(lease, finishedBeforeMillis, keepAtMost, limit);
  }

  @Override
  public void close() {}
}
