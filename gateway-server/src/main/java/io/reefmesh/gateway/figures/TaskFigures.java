package io.reefmesh.gateway.figures;

import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskView;
import java.util.EnumMap;
import java.util.Map;

/**
 * How long tasks wait, run and take in all, and how often they are pushed. Fed by the engine's
 * thread alone, some nanoseconds a task; read by any.
 */
public final class TaskFigures {

  private final OwnedHistogram waits = new OwnedHistogram(DoublingHistogram.Scale.MILLIS);
  private final OwnedHistogram runs = new OwnedHistogram(DoublingHistogram.Scale.MILLIS);
  private final Map<TaskState, OwnedHistogram> durations = new EnumMap<>(TaskState.class);
  private final OwnedCounter firstPushes = new OwnedCounter();
  private final OwnedCounter laterPushes = new OwnedCounter();

  /** Nothing has happened yet. */
  public TaskFigures() {
    for (TaskState state : TaskState.values()) {
      if (state.isFinal()) {
        durations.put(state, new OwnedHistogram(DoublingHistogram.Scale.MILLIS));
      }
    }
  }

  /** A task leaves for a node. On the engine's thread. */
  public void pushed(TaskId id, int attempt, long nowMillis) {
    if (attempt == 1) {
      firstPushes.increment();
      waits.record(nowMillis - id.createdAtMillis());
    } else {
      laterPushes.increment();
    }
  }

  /** A task stands elsewhere now. On the engine's thread. */
  public void changed(TaskView task) {
    OwnedHistogram ofOutcome = durations.get(task.state());
    if (ofOutcome != null) {
      ofOutcome.record(task.finishedAtMillis() - task.id().createdAtMillis());
      if (task.startedAtMillis() > 0) {
        runs.record(task.finishedAtMillis() - task.startedAtMillis());
      }
    }
  }

  /** From a task's creation to its first push. */
  public OwnedHistogram waits() {
    return waits;
  }

  /** From the moment that a node accepted a task's last attempt to the outcome. */
  public OwnedHistogram runs() {
    return runs;
  }

  /** From creation to outcome, by outcome. */
  public Map<TaskState, OwnedHistogram> durations() {
    return Map.copyOf(durations);
  }

  /** First pushes of tasks. */
  public long firstPushes() {
    return firstPushes.value();
  }

  /** Pushes of tasks that had been pushed before. */
  public long laterPushes() {
    return laterPushes.value();
  }
}
