package io.reefmesh.gateway.engine;

import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.RestoredTask;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.door.SpecTerms;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.util.ArrayList;
import java.util.List;

/** Brings the dispatcher back to where the store says the mesh stands. */
public final class Restart {

  private final SpecTerms terms;
  private final List<StoredTask> tasks = new ArrayList<>();
  private final List<KnownRequest> requests = new ArrayList<>();

  private record KnownRequest(String project, String requestId, String digest, TaskId id) {}

  /**
   * @param terms how a stored specification is read
   */
  public Restart(SpecTerms terms) {
    this.terms = terms;
  }

  /**
   * Reads the store.
   *
   * @return the last durable time, epoch milliseconds; 0: the store is new
   */
  public long load(TaskStore store, WriteLease lease, long requestIdsFromMillis) {
    return store.load(
        lease,
        requestIdsFromMillis,
        new TaskStore.LoadSink() {
          @Override
          public void task(StoredTask task) {
            tasks.add(task);
          }

          @Override
          public void requestId(String project, String requestId, String digest, TaskId id) {
            requests.add(new KnownRequest(project, requestId, digest, id));
          }
        });
  }

  /** Hands what was read to the dispatcher, and forgets it. */
  public void restore(Dispatcher dispatcher, long nowMillis) {
    dispatcher.beginRestore(nowMillis);
    for (KnownRequest known : requests) {
      dispatcher.restoreRequestId(known.project(), known.requestId(), known.digest(), known.id());
    }
    for (StoredTask stored : tasks) {
      dispatcher.restore(restored(stored));
    }
    dispatcher.endRestore();
    tasks.clear();
    requests.clear();
  }

  /** How many tasks without an outcome were read. */
  public int taskCount() {
    return tasks.size();
  }

  private RestoredTask restored(StoredTask stored) {
    boolean leased = stored.state() == TaskState.ASSIGNED;
    return new RestoredTask(
        stored.id(),
        terms.of(stored.project(), stored.body().spec()),
        stored.body(),
        stored.requestId(),
        stored.attempt(),
        leased ? stored.nodeId() : null,
        leased ? stored.incarnation() : null,
        stored.assignedAtMillis(),
        stored.queuedAtMillis(),
        stored.notBeforeMillis(),
        stored.history());
  }
}
