package io.reefmesh.gateway.engine;

import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.RestoredTask;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.door.SpecTerms;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;

/**
 * Brings the dispatcher back to where the store says the mesh stands. What is read goes to the
 * dispatcher while the rest is still being read.
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

  /** What the store gives. */
  private sealed interface Row {}

  private record TaskRow(StoredTask task) implements Row {}

  private record RequestRow(String project, String requestId, String digest, TaskId id)
      implements Row {}

  /**
   * Reads the store. Once only.
   *
   * @return how many tasks without an outcome it has
   */
  public int load(TaskStore store, WriteLease lease, long requestIdsFromMillis) {
    try (RestoreLine<Row> line = new RestoreLine<>(this::restore)) {
      store.load(lease, requestIdsFromMillis, new Sink(line));
      line.finish();
    }
    dispatcher.endRestore(clock.nowMillis());
    return tasks;
  }

  /** Owned by the reading thread. */
  private final class Sink implements TaskStore.LoadSink {

    private final RestoreLine<Row> line;

    Sink(RestoreLine<Row> line) {
      this.line = line;
    }

    /** Before there is another thread. */
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
      payloads.restored(stored.body());
      line.put(new TaskRow(stored));
    }

    @Override
    public void requestId(String project, String requestId, String digest, TaskId id) {
      line.put(new RequestRow(project, requestId, digest, id));
    }
  }

  private void restore(Row row) {
    if (row instanceof TaskRow task) {
      StoredTask stored = task.task();
      tasks++;
      dispatcher.restore(restored(stored));
    } else if (row instanceof RequestRow known) {
      dispatcher.restoreRequestId(known.project(), known.requestId(), known.digest(), known.id());
    }
  }

  private RestoredTask restored(StoredTask stored) {
    boolean leased = stored.state() == TaskState.ASSIGNED;
    SpecTerms.Understood understood =
        terms.understand(stored.project(), stored.body().storedSpec());
    return new RestoredTask(
        stored.id(),
        understood.terms(),
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
