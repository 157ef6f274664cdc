package io.reefmesh.gateway.engine;

import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.RestoredTask;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.door.SpecTerms;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;

/**
 * Brings the dispatcher back to where the store says the mesh stands. What is read goes to the
 * dispatcher at once: nothing is gathered in between.
 */
public final class Restart {

  private final SpecTerms terms;
  private final PayloadBudget payloads;
  private final Dispatcher dispatcher;
  private final EngineClock clock;
  private int tasks;

  /**
   * @param terms how a stored specification is read
   * @param payloads what may come into memory
   * @param dispatcher a new one
   * @param clock set to go on behind the last durable time
   */
  public Restart(
      SpecTerms terms, PayloadBudget payloads, Dispatcher dispatcher, EngineClock clock) {
    this.terms = terms;
    this.payloads = payloads;
    this.dispatcher = dispatcher;
    this.clock = clock;
  }

  /**
   * Reads the store. Once only.
   *
   * @return how many tasks without an outcome it has
   */
  public int load(TaskStore store, WriteLease lease, long requestIdsFromMillis) {
    store.load(lease, requestIdsFromMillis, new Sink());
    dispatcher.endRestore(clock.nowMillis());
    return tasks;
  }

  private final class Sink implements TaskStore.LoadSink {

    @Override
    public void begin(long durableMillis) {
      clock.goOnAfter(durableMillis);
      dispatcher.beginRestore(clock.nowMillis());
    }

    @Override
    public boolean wantsPayload(int bytes) {
      return payloads.admits(bytes);
    }

    @Override
    public void task(StoredTask stored) {
      tasks++;
      payloads.restored(stored.body());
      dispatcher.restore(restored(stored));
    }

    @Override
    public void requestId(String project, String requestId, String digest, TaskId id) {
      dispatcher.restoreRequestId(project, requestId, digest, id);
    }
  }

  private RestoredTask restored(StoredTask stored) {
    boolean leased = stored.state() == TaskState.ASSIGNED;
    SpecTerms.Understood understood =
        terms.understand(stored.project(), stored.body().storedSpec());
    TaskBody body = stored.body();
    return new RestoredTask(
        stored.id(),
        understood.terms(),
        body,
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
