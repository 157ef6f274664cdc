package io.reefmesh.simulation;

import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The independent model: what has been promised, to whom, and what was seen since. It knows nothing
 * of how the mesh works, only what callers, nodes and the disk have seen, and throws {@link
 * Violation} as soon as two of these do not fit.
 */
final class Promises {

  private static final long AGEING_STEP_MILLIS = 60_000;

  /** A push: which task, and its fence. */
  record Ref(TaskId id, int attempt) {}

  /** What is known of a task that was ever stored. */
  private static final class Known {
    final TaskSpec spec;
    boolean acked;
    int lastPushed;
    int started;
    @Nullable String outcome;
    @Nullable Ref leased;

    Known(TaskSpec spec) {
      this.spec = spec;
    }

    boolean isSimple() {
      return spec.getSessionId().isEmpty() && !spec.hasNotBefore();
    }
  }

  private final Map<TaskId, Known> tasks = new TreeMap<>();
  private final Map<String, TaskId> byRequest = new HashMap<>();
  private final Set<Ref> ran = new HashSet<>();
  private final Map<Ref, Long> written = new HashMap<>();
  private final Set<Ref> unreceived = new HashSet<>();

  /** Never pushed, without session or start time, by what they need and their order. */
  private final Map<String, TreeMap<Long, TaskId>> waiting = new HashMap<>();

  private final Map<String, TaskId> sessionLeases = new HashMap<>();

  int acked() {
    return (int) tasks.values().stream().filter(known -> known.acked).count();
  }

  static void require(boolean holds, String rule, Object what) {
    if (!holds) {
      throw new Violation(rule + ": " + what);
    }
  }

  // What callers see.

  void submitAcked(TaskId id, @Nullable String requestId) {
    Known known = tasks.get(id);
    require(known != null, "I1 a task was acknowledged that the disk does not have", id);
    if (known != null) {
      known.acked = true;
    }
    if (requestId != null) {
      TaskId before = byRequest.putIfAbsent(requestId, id);
      require(
          before == null || before.equals(id),
          "I8 one request id, two tasks",
          requestId + " is " + before + " and " + id);
    }
  }

  /** Another content under a known request id was taken for the same, or refused as it must. */
  void otherContent(String requestId, boolean refused) {
    require(refused, "I8 other content under a known request id was accepted", requestId);
  }

  void seen(TaskId id, TaskState state, @Nullable ResultBody result) {
    if (!state.isFinal()) {
      Known known = tasks.get(id);
      require(
          known == null || known.outcome == null,
          "I2 a task with an outcome was seen without it",
          id + " " + state);
      return;
    }
    String outcome =
        state
            + (result == null || result.payload() == null
                ? ""
                : " " + result.payload().toStringUtf8());
    Known known = tasks.get(id);
    require(known != null, "an outcome of a task that was never stored", id);
    if (known != null) {
      require(
          known.outcome == null || known.outcome.equals(outcome),
          "I2 two outcomes of task " + id,
          known.outcome + " and " + outcome);
      known.outcome = outcome;
    }
  }

  /** An acceptance leaves the gateway. */
  void answered(TaskId id) {
    require(tasks.containsKey(id), "I1 a task was acknowledged that the disk does not have", id);
  }

  /** How a task stands leaves the gateway, for whoever asked or follows. */
  void shown(Task task, SimStore store) {
    TaskId id = TaskId.parse(task.getId());
    TaskState state = stateOf(task);
    if (state.isFinal()) {
      StoredTask stored = store.read(List.of(id)).get(id);
      require(
          stored != null && stored.state() == state,
          "I2 an outcome was shown that the disk does not have",
          id + " " + state);
    }
    seen(
        id,
        state,
        task.hasResult()
            ? new ResultBody(task.getResult().getContentType(), task.getResult().getData(), null)
            : null);
  }

  static TaskState stateOf(Task task) {
    return TaskState.valueOf(task.getState().name().substring("TASK_STATE_".length()));
  }

  /** An attempt's handler wrote. */
  void wrote(TaskId id, int attempt, long bytes) {
    written.merge(new Ref(id, attempt), bytes, Long::sum);
  }

  /** How much an attempt's handler has written. */
  long writtenBytes(Ref ref) {
    return written.getOrDefault(ref, 0L);
  }

  void missing(TaskId id) {
    Known known = tasks.get(id);
    require(known == null || !known.acked, "I1 an acknowledged task is gone", id);
  }

  // What the disk sees, in order.

  void willCommit(List<Mutation> mutations) {
    mutations.forEach(this::willCommit);
  }

  private void willCommit(Mutation mutation) {
    if (mutation instanceof Mutation.Submitted submitted) {
      TaskSpec spec = ((TaskBody) submitted.body()).spec();
      Known known = new Known(spec);
      require(tasks.put(submitted.id(), known) == null, "a task id was used twice", mutation.id());
      if (known.isSimple()) {
        waitingLike(spec).put(orderOf(submitted.id(), spec), submitted.id());
      }
      return;
    }
    Known known = tasks.get(mutation.id());
    if (known == null) {
      throw new Violation("a change of a task that was never stored: " + mutation);
    }
    if (known.isSimple()) {
      if (mutation instanceof Mutation.Assigned) {
        checkOrder(mutation.id(), known.spec);
      }
      waitingLike(known.spec).remove(orderOf(mutation.id(), known.spec));
    }
    if (mutation instanceof Mutation.Assigned assigned) {
      willAssign(assigned, known.spec);
    } else if (mutation instanceof Mutation.Requeued requeued) {
      checkHistory(requeued.id(), requeued.history(), known.spec);
    } else if (mutation instanceof Mutation.Ended ended) {
      checkHistory(ended.id(), ended.history(), known.spec);
      checkFence(ended);
    }
  }

  private NavigableMap<Long, TaskId> waitingLike(TaskSpec spec) {
    return waiting.computeIfAbsent(spec.getType(), type -> new TreeMap<>());
  }

  private static long keyOf(TaskId id, TaskSpec spec) {
    return id.createdAtMillis() + (spec.getPriority() - 1) * AGEING_STEP_MILLIS;
  }

  /** Key first, then id: ids of one millisecond differ in their low bits. */
  private static long orderOf(TaskId id, TaskSpec spec) {
    return ((keyOf(id, spec) - TaskId.EPOCH_MILLIS) << 22) | (id.value() & ((1 << 22) - 1));
  }

  /** A task that was never pushed goes before any like it of a later bucket. */
  private void checkOrder(TaskId id, TaskSpec spec) {
    NavigableMap<Long, TaskId> others = waitingLike(spec);
    Long mine = orderOf(id, spec);
    if (others.containsKey(mine) && others.firstKey() >> 22 < mine >> 22) {
      throw new Violation("I7 task " + id + " overtook " + others.firstEntry().getValue());
    }
  }

  private void willAssign(Mutation.Assigned m, TaskSpec spec) {
    long created = m.id().createdAtMillis();
    if (spec.hasNotBefore()) {
      long notBefore = com.google.protobuf.util.Timestamps.toMillis(spec.getNotBefore());
      require(m.assignedAtMillis() >= notBefore, "I9 pushed before its time", m.id());
    }
    long total = com.google.protobuf.util.Durations.toMillis(spec.getTimeouts().getTotal());
    require(m.assignedAtMillis() <= created + total, "I9 pushed after its total timeout", m.id());
    checkHistory(m.id(), m.history(), spec);
    if (!m.history().isEmpty()) {
      AttemptRecord last = m.history().get(m.history().size() - 1);
      if (last.failure() != null && last.outcome() == AttemptOutcome.FAILED) {
        long wait = SimNode.retryAfterOf(last.failure().message());
        require(
            m.assignedAtMillis() >= last.endedAtMillis() + wait,
            "a retry came sooner than its node asked for",
            m.id());
      }
    }
  }

  private void checkHistory(TaskId id, List<AttemptRecord> history, TaskSpec spec) {
    long charged = history.stream().filter(record -> record.outcome().isCharged()).count();
    require(charged <= spec.getRetry().getMaxAttempts(), "I4 too many charged attempts", id);
    for (AttemptRecord record : history) {
      if (record.outcome() == AttemptOutcome.UNRECEIVED) {
        Ref ref = new Ref(id, record.number());
        unreceived.add(ref);
        require(!ran.contains(ref), "an attempt that ran counts as never received", ref);
      }
    }
  }

  private static void checkFence(Mutation.Ended m) {
    if (m.state() != TaskState.SUCCEEDED || !(m.result() instanceof ResultBody result)) {
      return;
    }
    AttemptRecord last = m.history().get(m.history().size() - 1);
    String expected = SimNode.resultOf(m.id().toString(), last.number(), last.incarnation());
    String given = result.payload() == null ? "nothing" : result.payload().toStringUtf8();
    require(expected.equals(given), "I3 a result that does not fit its attempt", given);
  }

  // What leaves for nodes, and what nodes do.

  void pushed(
      TaskId id, int attempt, String node, Set<String> types, @Nullable String durablyLeasedTo) {
    Known known = tasks.get(id);
    if (known == null) {
      throw new Violation("a push of a task that was never stored: " + id);
    }
    require(attempt > known.lastPushed, "I3b an attempt was pushed twice", id + "/" + attempt);
    known.lastPushed = attempt;
    require(
        node.equals(durablyLeasedTo), "I3b a push whose lease is not durable", id + "/" + attempt);
    require(types.contains(known.spec.getType()), "I10 node " + node + " cannot serve task", id);
  }

  void leased(TaskId id, int attempt) {
    Known known = tasks.get(id);
    if (known == null) {
      return;
    }
    known.leased = new Ref(id, attempt);
    String session = known.spec.getSessionId();
    if (!session.isEmpty()) {
      TaskId other = sessionLeases.put(session, id);
      require(other == null || other.equals(id), "two tasks of one session at once", session);
    }
  }

  void unleased(TaskId id, int attempt) {
    Known known = tasks.get(id);
    if (known != null && new Ref(id, attempt).equals(known.leased)) {
      known.leased = null;
      sessionLeases.remove(known.spec.getSessionId(), id);
    }
  }

  void gatewayDied() {
    sessionLeases.clear();
    tasks.values().forEach(known -> known.leased = null);
  }

  void started(TaskId id, int attempt) {
    Ref ref = new Ref(id, attempt);
    require(ran.add(ref), "I3b an attempt was started twice", ref);
    require(!unreceived.contains(ref), "an attempt counted as never received ran after all", ref);
    Known known = tasks.get(id);
    if (known != null) {
      known.started++;
      require(
          known.started <= known.spec.getRetry().getMaxAttempts(),
          "I4 more attempts ran than allowed",
          id);
    }
  }

  /** The handler gave the attempt back: it does not count. */
  void handedBack(TaskId id, int attempt) {
    ran.remove(new Ref(id, attempt));
    Known known = tasks.get(id);
    if (known != null) {
      known.started--;
    }
  }

  int lastPushed(TaskId id) {
    Known known = tasks.get(id);
    return known == null ? 0 : known.lastPushed;
  }

  // The end.

  boolean allEnded(SimStore store) {
    Map<TaskId, StoredTask> stored = store.read(tasks.keySet());
    return stored.values().stream().allMatch(task -> task.state().isFinal());
  }

  void checkEnd(SimStore store) {
    Map<TaskId, StoredTask> stored = store.read(tasks.keySet());
    tasks.forEach(
        (id, known) -> {
          StoredTask task = stored.get(id);
          if (task == null) {
            missing(id);
            return;
          }
          require(task.state().isFinal(), "L1 a task never ended", id + " " + task);
          seen(id, task.state(), task.result());
        });
  }
}
