package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that ended a moment ago, from the mutations that made them: most callers ask for an outcome
 * as soon as there is one, and a short task is often over before its caller begins to watch it.
 *
 * <p>Knows tasks whose whole life it has seen, of small payloads, and the newest of them. What it
 * gives is what the store would give. One thread commits, any may ask.
 */
final class LatelyEnded {

  static final int MAX_TASKS = 4_096;

  /** Larger payloads and results are left to the store. */
  static final int MAX_PAYLOAD_BYTES = 4_096;

  /** Assignments and requeues of one task: with more it is left to the store. */
  private static final int MAX_RUNS = 16;

  /** Longer ago is not lately, and is left to the store. */
  static final long LATELY_MILLIS = 2_000;

  /** What was seen of a task. */
  private static final class Life {
    private final Mutation submitted;

    /** Until it ended; read only after that. */
    private final List<Mutation> runs = new ArrayList<>(2);

    /** Written last. */
    private volatile Mutation.@Nullable Ended ended;

    Life(Mutation.Submitted submitted) {
      this.submitted = submitted;
    }
  }

  private final Map<TaskId, Life> lives = new ConcurrentHashMap<>();

  /** In the order they came. Owned by the committing thread. */
  private final ArrayDeque<TaskId> order = new ArrayDeque<>();

  private volatile long nowMillis;

  /** They are durable now. */
  void committed(List<Mutation> mutations, long commitMillis) {
    for (Mutation mutation : mutations) {
      if (mutation instanceof Mutation.Submitted submitted) {
        submitted(submitted);
      } else if (mutation instanceof Mutation.Ended ended) {
        ended(ended);
      } else {
        ran(mutation);
      }
    }
    nowMillis = commitMillis;
  }

  private void submitted(Mutation.Submitted submitted) {
    if (((TaskBody) submitted.body()).payloadBytes() > MAX_PAYLOAD_BYTES) {
      return;
    }
    if (order.size() == MAX_TASKS) {
      lives.remove(order.removeFirst());
    }
    order.addLast(submitted.id());
    lives.put(submitted.id(), new Life(submitted));
  }

  private void ran(Mutation run) {
    Life life = lives.get(run.id());
    if (life != null && life.ended == null) {
      if (life.runs.size() == MAX_RUNS) {
        lives.remove(run.id());
      } else {
        life.runs.add(run);
      }
    }
  }

  private void ended(Mutation.Ended ended) {
    Life life = lives.get(ended.id());
    if (life == null) {
      return;
    }
    ResultBody result = TaskFold.resultOf(ended.result());
    ByteString payload = result == null ? null : result.payload();
    if (payload == null || payload.size() <= MAX_PAYLOAD_BYTES) {
      life.ended = ended;
    } else {
      lives.remove(ended.id());
    }
  }

  /** The store no longer has them. */
  void forget(List<Long> ids) {
    ids.forEach(id -> lives.remove(new TaskId(id)));
  }

  /** A task that ended lately; null: it is not known here. */
  @Nullable StoredTask find(TaskId id) {
    Life life = lives.get(id);
    Mutation.Ended ended = life == null ? null : life.ended;
    if (life == null || ended == null || nowMillis - ended.finishedAtMillis() > LATELY_MILLIS) {
      return null;
    }
    StoredTask task = TaskFold.apply(null, life.submitted);
    for (Mutation run : life.runs) {
      task = TaskFold.apply(task, run);
    }
    task = TaskFold.apply(task, ended);
    return task.body().payload() == null ? null : task;
  }
}
