package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableList;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One commit's mutations as the rows they come to, by table and in the order of their keys: rows
 * that go to the end of a table one after the other fill its pages, others split them. A task that
 * is pushed in the commit of its submission needs no run: its row has room for that. One that
 * changes several times leaves its last run only, and none once it has ended: what its result does
 * not say itself is taken over from the run.
 */
final class MutationBatch {

  private final Map<TaskId, Task> fresh = new HashMap<>();
  private final List<Task> tasks = new ArrayList<>();
  private final Map<TaskId, Run> runs = new HashMap<>();
  private final List<Result> results = new ArrayList<>();
  private long latestMillis;

  /** A row of {@code task}. */
  static final class Task {
    final Mutation.Submitted submitted;
    Mutation.@Nullable Assigned firstPush;

    private Task(Mutation.Submitted submitted) {
      this.submitted = submitted;
    }
  }

  /**
   * A row of {@code run}.
   *
   * @param nodeId null: as it was
   * @param queuedAtMillis 0: as it was
   */
  record Run(
      TaskId id,
      TaskState state,
      int attempt,
      @Nullable String nodeId,
      @Nullable String incarnation,
      long assignedAtMillis,
      long queuedAtMillis,
      long notBeforeMillis,
      ImmutableList<AttemptRecord> history) {}

  /**
   * A row of {@code result}.
   *
   * @param nodeId null: as the task's run has it, or its first push
   * @param queuedAtMillis 0: as the task's run has it
   */
  record Result(Mutation.Ended ended, @Nullable String nodeId, long queuedAtMillis) {}

  static MutationBatch of(List<Mutation> mutations) {
    MutationBatch batch = new MutationBatch();
    for (Mutation mutation : mutations) {
      batch.add(mutation);
      batch.latestMillis = Math.max(batch.latestMillis, TaskFold.timeOf(mutation));
    }
    batch.tasks.sort(Comparator.comparingLong(task -> task.submitted.id().value()));
    batch.results.sort(Comparator.comparingLong(result -> result.ended().id().value()));
    return batch;
  }

  private void add(Mutation mutation) {
    if (mutation instanceof Mutation.Submitted submitted) {
      Task task = new Task(submitted);
      fresh.put(submitted.id(), task);
      tasks.add(task);
    } else if (mutation instanceof Mutation.Assigned assigned) {
      assign(assigned);
    } else if (mutation instanceof Mutation.Requeued requeued) {
      requeue(requeued);
    } else {
      end((Mutation.Ended) mutation);
    }
  }

  private void assign(Mutation.Assigned m) {
    Task task = fresh.get(m.id());
    if (task != null && m.attempt() == 1 && !runs.containsKey(m.id())) {
      task.firstPush = m;
      return;
    }
    Run before = runs.get(m.id());
    runs.put(
        m.id(),
        new Run(
            m.id(),
            TaskState.ASSIGNED,
            m.attempt(),
            m.nodeId(),
            m.incarnation(),
            m.assignedAtMillis(),
            before == null ? 0 : before.queuedAtMillis(),
            0,
            m.history()));
  }

  private void requeue(Mutation.Requeued m) {
    Run before = runs.get(m.id());
    runs.put(
        m.id(),
        new Run(
            m.id(),
            TaskState.QUEUED,
            m.attempt(),
            TaskFold.lastNode(m.history(), before == null ? null : before.nodeId()),
            null,
            0,
            m.queuedAtMillis(),
            m.notBeforeMillis(),
            m.history()));
  }

  private void end(Mutation.Ended m) {
    Run before = runs.remove(m.id());
    results.add(
        new Result(
            m,
            TaskFold.lastNode(m.history(), before == null ? null : before.nodeId()),
            before == null ? 0 : before.queuedAtMillis()));
  }

  List<Task> tasks() {
    return tasks;
  }

  List<Run> runs() {
    List<Run> sorted = new ArrayList<>(runs.values());
    sorted.sort(Comparator.comparingLong(run -> run.id().value()));
    return sorted;
  }

  List<Result> results() {
    return results;
  }

  /** The latest time that a row carries, epoch milliseconds; 0: there is no row. */
  long latestMillis() {
    return latestMillis;
  }
}
