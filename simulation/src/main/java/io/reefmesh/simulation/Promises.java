package io.reefmesh.simulation;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.v1.Task;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The independent model: what has been promised, to whom, and what was seen since. It knows nothing
 * of how the mesh works, only what callers, nodes and (in its {@link Ledger}) the disk have seen,
 * and throws {@link Violation} as soon as two of these do not fit.
 */
final class Promises {

  /** A push: which task, and its fence. */
  record Ref(TaskId id, int attempt) {}

  /** What callers and nodes have seen of a task. */
  private static final class Known {
    boolean acked;
    int lastPushed;
    int started;
    @Nullable String outcome;
  }

  private final Map<TaskId, Known> tasks = new TreeMap<>();
  private final Map<String, TaskId> byRequest = new HashMap<>();
  private final Set<Ref> ran = new HashSet<>();
  private final Map<Ref, Long> written = new HashMap<>();
  private final Ledger ledger;
  private int acked;

  Promises(Shape shape) {
    this.ledger = new Ledger(ran, shape);
  }

  Ledger ledger() {
    return ledger;
  }

  int acked() {
    return acked;
  }

  /** The first word of a rule is the name of its check, see {@link Checks}. */
  static void require(boolean holds, String rule, Object what) {
    if (!holds) {
      throw new Violation(rule + ": " + what);
    }
  }

  private Known known(TaskId id) {
    return tasks.computeIfAbsent(id, i -> new Known());
  }

  // What callers see.

  /** An acceptance leaves the gateway. */
  void answered(TaskId id) {
    require(ledger.find(id) != null, "I1 a task was acknowledged that the disk does not have", id);
  }

  void submitAcked(TaskId id, @Nullable String requestId) {
    answered(id);
    Known known = known(id);
    acked += known.acked ? 0 : 1;
    known.acked = true;
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

  /** A caller is refused because the gateway keeps enough tasks. */
  void refusedAsFull() {
    require(ledger.isFullOfLate(), "I14 refused although there was room", ledger.open());
  }

  void seen(TaskId id, TaskState state, @Nullable ResultBody result) {
    Known known = known(id);
    if (!state.isFinal()) {
      require(
          known.outcome == null, "I2 a task with an outcome was seen without it", id + " " + state);
      return;
    }
    ledger.outcomeShown(id, state);
    String outcome =
        state
            + (result == null || result.payload() == null
                ? ""
                : " " + result.payload().toStringUtf8());
    if (known.outcome != null && !known.outcome.equals(outcome)) {
      String rule = known.outcome.startsWith("CANCELLED") ? "I6 a cancel was undone" : "I2";
      throw new Violation(
          rule + " two outcomes of task " + id + ": " + known.outcome + " and " + outcome);
    }
    known.outcome = outcome;
  }

  /** How a task stands leaves the gateway, for whoever asked or follows. */
  void shown(Task task, SimStore store) {
    TaskId id = TaskId.parse(task.getId());
    TaskState state = stateOf(task);
    if (state.isFinal()) {
      StoredTask stored = store.read(List.of(id)).get(id);
      require(
          stored != null && stored.state() == state,
          (state == TaskState.CANCELLED ? "I6 a cancel" : "I2 an outcome")
              + " was shown that the disk does not have",
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
    require(!known(id).acked, "I1 an acknowledged task is gone", id);
  }

  // What leaves for nodes, and what nodes do.

  void pushed(TaskId id, int attempt, String node, Set<String> types) {
    Ledger.Row row = ledger.find(id);
    if (row == null) {
      throw new Violation("I3b a push of a task that was never stored: " + id);
    }
    Known known = known(id);
    require(attempt > known.lastPushed, "I3b an attempt was pushed twice", row);
    known.lastPushed = attempt;
    require(ledger.wasLeased(id, attempt, node), "I3b a push whose lease is not durable", row);
    require(
        types.contains(row.spec.getType()),
        "I10 a node was given what it cannot serve",
        row + " for " + node);
  }

  void started(TaskId id, int attempt, ByteString content) {
    Ref ref = new Ref(id, attempt);
    require(ran.add(ref), "I3b an attempt was started twice", ref);
    require(!ledger.wasUnreceived(ref), "N1 an attempt ran that counts as never received", ref);
    Ledger.Row row = ledger.find(id);
    if (row == null) {
      throw new Violation("I3b a handler was given what was never stored: " + ref);
    }
    require(content.equals(row.content), "I15 a handler was given what nobody asked for", row);
    Known known = known(id);
    known.started++;
    require(
        known.started <= row.spec.getRetry().getMaxAttempts(),
        "I4 more attempts ran than allowed",
        row);
  }

  /** The handler gave the attempt back: it does not count. */
  void handedBack(TaskId id, int attempt) {
    ran.remove(new Ref(id, attempt));
    known(id).started--;
  }

  // The end.

  boolean allEnded() {
    return ledger.open() == 0;
  }

  void checkEnd(SimStore store) {
    Map<TaskId, StoredTask> stored = store.read(ledger.rows().stream().map(row -> row.id).toList());
    for (Ledger.Row row : ledger.rows()) {
      require(!row.isOpen(), "L1 a task did not end in time", row);
    }
    ledger.compareWith(stored);
    stored.forEach((id, task) -> seen(id, task.state(), task.result()));
    tasks.keySet().stream().filter(id -> !stored.containsKey(id)).forEach(this::missing);
  }
}
