package io.reefmesh.testkit;

import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskQuery;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A store whose commits wait until a test lets them through, or lets them fail. Thread-safe. */
public final class GatedStore implements TaskStore {

  /** A commit that waits. */
  public record Commit(List<Mutation> mutations, CompletableFuture<Void> gate) {

    /** Lets it through. */
    public void complete() {
      gate.complete(null);
    }

    /** Lets it fail as a broken disk would. */
    public void fail() {
      gate.completeExceptionally(
          new StoreException(StoreException.Kind.BROKEN, "the disk is gone (a test says so)"));
    }
  }

  private final TaskStore inner;
  private final BlockingQueue<Commit> waiting = new LinkedBlockingQueue<>();
  private final List<Integer> sizes = new CopyOnWriteArrayList<>();

  /** Gates the commits of another store. */
  public GatedStore(TaskStore inner) {
    this.inner = inner;
  }

  /**
   * The next commit that waits.
   *
   * @throws AssertionError if none comes within 10 s
   */
  public Commit nextCommit() throws InterruptedException {
    Commit commit = waiting.poll(10, TimeUnit.SECONDS);
    if (commit == null) {
      throw new AssertionError("the engine committed nothing");
    }
    return commit;
  }

  /** How many mutations each commit so far had. */
  public List<Integer> commitSizes() {
    return List.copyOf(sizes);
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public WriteLease acquire() {
    return inner.acquire();
  }

  @Override
  public long load(WriteLease lease, long requestIdsFromMillis, LoadSink sink) {
    return inner.load(lease, requestIdsFromMillis, sink);
  }

  @Override
  public CompletionStage<Void> commit(WriteLease lease, List<Mutation> mutations, long nowMillis) {
    List<Mutation> copy = List.copyOf(mutations);
    sizes.add(copy.size());
    Commit commit = new Commit(copy, new CompletableFuture<>());
    waiting.add(commit);
    return commit.gate().thenCompose(done -> inner.commit(lease, copy, nowMillis));
  }

  @Override
  public Map<TaskId, StoredTask> read(Collection<TaskId> ids) {
    return inner.read(ids);
  }

  @Override
  public TaskQuery.Page list(TaskQuery query) {
    return inner.list(query);
  }

  @Override
  public int expire(WriteLease lease, long finishedBeforeMillis, long keepAtMost, int limit) {
    return inner.expire(lease, finishedBeforeMillis, keepAtMost, limit);
  }

  @Override
  public void close() {
    inner.close();
  }
}
