package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What a store makes of the mutations: enough of it for another life of the gateway. */
final class StoreFold {

  private final Map<TaskId, Event.Submit> submissions = new LinkedHashMap<>();
  private final Map<TaskId, RestoredTask> live = new TreeMap<>();

  /** A submission that may become a task; its terms are not in the mutation but in the body. */
  void saw(Event.Submit submit) {
    submissions.put(submit.id(), submit);
  }

  void put(RestoredTask task) {
    live.put(task.id(), task);
  }

  void fold(Mutation mutation) {
    TaskId id = mutation.id();
    if (mutation instanceof Mutation.Submitted m) {
      Event.Submit submit = Objects.requireNonNull(submissions.get(id));
      live.put(
          id,
          new RestoredTask(
              id,
              submit.terms(),
              m.body(),
              m.requestId(),
              0,
              null,
              null,
              0,
              id.createdAtMillis(),
              0,
              ImmutableList.of()));
      return;
    }
    RestoredTask task = live.get(id);
    if (task == null) {
      throw new AssertionError("a mutation of a task that is not live: " + mutation);
    }
    if (mutation instanceof Mutation.Ended) {
      live.remove(id);
    } else if (mutation instanceof Mutation.Assigned m) {
      require(m.attempt() > task.attempt(), "a fencing token was used again", m);
      live.put(
          id,
          new RestoredTask(
              id,
              task.terms(),
              task.body(),
              task.requestId(),
              m.attempt(),
              m.nodeId(),
              m.incarnation(),
              m.assignedAtMillis(),
              task.queuedAtMillis(),
              0,
              m.history()));
    } else if (mutation instanceof Mutation.Requeued m) {
      live.put(
          id,
          new RestoredTask(
              id,
              task.terms(),
              task.body(),
              task.requestId(),
              m.attempt(),
              null,
              null,
              0,
              m.queuedAtMillis(),
              m.notBeforeMillis(),
              m.history()));
    }
  }

  ImmutableList<TaskId> live() {
    return ImmutableList.copyOf(live.keySet());
  }

  RestoredTask task(TaskId id) {
    return Objects.requireNonNull(live.get(id));
  }

  void restoreInto(Dispatcher dispatcher) {
    submissions
        .values()
        .forEach(
            submit -> {
              if (submit.requestId() != null && submit.digest() != null) {
                dispatcher.restoreRequestId(
                    submit.terms().project(), submit.requestId(), submit.digest(), submit.id());
              }
            });
    live.values().forEach(dispatcher::restore);
  }

  /** The store would bring back just this. */
  void check(TaskView view) {
    RestoredTask task = Objects.requireNonNull(live.get(view.id()));
    require(task.attempt() == view.attempt(), "another attempt", view);
    require(task.history().equals(view.history()), "another history", view);
    require((task.nodeId() == null) == (view.state() == TaskState.QUEUED), "another state", view);
    if (task.nodeId() != null) {
      require(task.nodeId().equals(view.nodeId()), "another node", view);
      require(
          task.incarnation() != null && task.incarnation().equals(view.incarnation()),
          "another incarnation",
          view);
    }
  }

  private static void require(boolean holds, String otherwise, Object of) {
    if (!holds) {
      throw new AssertionError(otherwise + ": " + of);
    }
  }
}
