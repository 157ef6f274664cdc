package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableList;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.balancer.TaskState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a task becomes by a mutation: the meaning of {@link StoredTask}, in plain Java. The SQLite
 * store reaches the same by columns; a test compares the two.
 *
 * <p>Refuses, by {@link IllegalStateException}, what would break the record: a task twice, a change
 * of an unknown task, a second outcome. An attempt or a requeue after the outcome changes nothing.
 */
final class TaskFold {

  /** How long a request id is kept at least, counted from its task's creation. */
  static final Duration REQUEST_IDS_KEPT = Duration.ofHours(24);

  private TaskFold() {}

  static StoredTask apply(@Nullable StoredTask task, Mutation mutation) {
    if (mutation instanceof Mutation.Submitted submitted) {
      if (task != null) {
        throw new IllegalStateException("task " + task.id() + " was submitted twice");
      }
      return submitted(submitted);
    }
    if (task == null) {
      throw new IllegalStateException("task " + mutation.id() + " does not exist");
    }
    if (mutation instanceof Mutation.Ended ended) {
      return ended(task, ended);
    }
    if (task.state().isFinal()) {
      return task;
    }
    if (mutation instanceof Mutation.Assigned assigned) {
      return assigned(task, assigned);
    }
    return requeued(task, (Mutation.Requeued) mutation);
  }

  private static StoredTask submitted(Mutation.Submitted m) {
    return new StoredTask(
        m.id(),
        m.project(),
        m.type(),
        m.session(),
        m.requestId(),
        m.digest(),
        ((TaskBody) m.body()).copy(),
        TaskState.QUEUED,
        0,
        null,
        null,
        0,
        m.id().createdAtMillis(),
        0,
        ImmutableList.of(),
        0,
        null,
        null);
  }

  private static StoredTask assigned(StoredTask task, Mutation.Assigned m) {
    return open(
        task,
        TaskState.ASSIGNED,
        m.attempt(),
        m.nodeId(),
        m.incarnation(),
        m.assignedAtMillis(),
        task.queuedAtMillis(),
        0,
        m.history());
  }

  private static StoredTask requeued(StoredTask task, Mutation.Requeued m) {
    return open(
        task,
        TaskState.QUEUED,
        m.attempt(),
        lastNode(m.history(), task.nodeId()),
        null,
        0,
        m.queuedAtMillis(),
        m.notBeforeMillis(),
        m.history());
  }

  private static StoredTask open(
      StoredTask task,
      TaskState state,
      int attempt,
      @Nullable String nodeId,
      @Nullable String incarnation,
      long assignedAtMillis,
      long queuedAtMillis,
      long notBeforeMillis,
      ImmutableList<AttemptRecord> history) {
    return new StoredTask(
        task.id(),
        task.project(),
        task.type(),
        task.session(),
        task.requestId(),
        task.digest(),
        task.body(),
        state,
        attempt,
        nodeId,
        incarnation,
        assignedAtMillis,
        queuedAtMillis,
        notBeforeMillis,
        history,
        0,
        null,
        null);
  }

  private static StoredTask ended(StoredTask task, Mutation.Ended m) {
    if (task.state().isFinal()) {
      throw new IllegalStateException("task " + task.id() + " has an outcome already");
    }
    return new StoredTask(
        task.id(),
        task.project(),
        task.type(),
        task.session(),
        task.requestId(),
        task.digest(),
        task.body(),
        m.state(),
        m.attempt(),
        lastNode(m.history(), task.nodeId()),
        null,
        0,
        task.queuedAtMillis(),
        0,
        m.history(),
        m.finishedAtMillis(),
        m.failure(),
        resultOf(m.result()));
  }

  /** A result in which nothing is set is no result. */
  static @Nullable ResultBody resultOf(@Nullable Opaque opaque) {
    ResultBody body = (ResultBody) opaque;
    boolean empty =
        body == null
            || (body.contentType() == null && body.payload() == null && body.usage() == null);
    return empty ? null : body;
  }

  /** The node of the last ended attempt; without any, the one that was known before. */
  static @Nullable String lastNode(
      ImmutableList<AttemptRecord> history, @Nullable String otherwise) {
    return history.isEmpty() ? otherwise : history.get(history.size() - 1).nodeId();
  }

  /** The latest time the mutation tells of, its waits excluded; epoch milliseconds. */
  static long timeOf(Mutation mutation) {
    if (mutation instanceof Mutation.Submitted m) {
      return m.id().createdAtMillis();
    }
    if (mutation instanceof Mutation.Assigned m) {
      return m.assignedAtMillis();
    }
    if (mutation instanceof Mutation.Requeued m) {
      return m.queuedAtMillis();
    }
    return ((Mutation.Ended) mutation).finishedAtMillis();
  }
}
