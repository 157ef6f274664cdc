package io.reefmesh.simulation;

import static io.reefmesh.simulation.Promises.require;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.TaskSpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The model's own record: what became durable, in order, and what each change allows to come next.
 * It judges every change as it is written, and later what the gateway says of itself against it.
 */
final class Ledger {

  /** A task as the record has it. */
  static final class Row {
    final TaskId id;
    final TaskSpec spec;

    /** What was asked for, as it was when it was committed. */
    final @Nullable ByteString content;

    TaskState state = TaskState.QUEUED;
    int attempt;
    int lastEnded;
    int changedIn;
    int ended;
    @Nullable String node;
    long queuedAt;
    long notBefore;

    /** A node would not have it, so it may step aside for others. */
    boolean refused;

    Row(TaskId id, TaskSpec spec, @Nullable ByteString content) {
      this.id = id;
      this.spec = spec;
      this.content = content;
      this.queuedAt = id.createdAtMillis();
      this.notBefore =
          spec.hasNotBefore()
              ? com.google.protobuf.util.Timestamps.toMillis(spec.getNotBefore())
              : 0;
    }

    boolean isOpen() {
      return !state.isFinal();
    }

    @Override
    public String toString() {
      return id
          + " "
          + state
          + " attempt "
          + attempt
          + " at "
          + node
          + " priority "
          + spec.getPriority()
          + " created "
          + id.createdAtMillis();
    }
  }

  private final Map<TaskId, Row> rows = new TreeMap<>();
  private final Map<String, TreeSet<TaskId>> sessions = new HashMap<>();

  /** Every lease that ever was, and its node. */
  private final Map<Promises.Ref, String> leases = new HashMap<>();

  private final Set<Promises.Ref> unreceived = new HashSet<>();
  private final Set<Promises.Ref> ran;
  private final QueueOrder order = new QueueOrder();
  private final Map<String, Integer> leasedByKey = new HashMap<>();
  private final int maxLiveTasks;
  private final int projectCap;
  private int leased;

  /** Until then nodes may still be on their way back, so nothing expires in the queue. */
  private long queuePatience;

  private int open;
  private int endedInLastCommit;
  private int commits;

  /**
   * @param ran what handlers were given, kept by whoever sees it
   */
  Ledger(Set<Promises.Ref> ran, Shape shape) {
    this.ran = ran;
    this.maxLiveTasks = shape.maxLiveTasks;
    this.projectCap = shape.projectCap();
  }

  @Nullable Row find(TaskId id) {
    return rows.get(id);
  }

  Collection<Row> rows() {
    return rows.values();
  }

  /** Tasks without an outcome. */
  int open() {
    return open;
  }

  /** Whether there were as many tasks as may be at some moment of the last commit. */
  boolean isFullOfLate() {
    return open + endedInLastCommit >= maxLiveTasks;
  }

  boolean wasUnreceived(Promises.Ref ref) {
    return unreceived.contains(ref);
  }

  // What becomes durable.

  /** A gateway started. */
  void nodesMayReturnUntil(long millis) {
    queuePatience = millis;
  }

  void commitBegins() {
    commits++;
    endedInLastCommit = 0;
  }

  void durable(Mutation mutation) {
    if (mutation instanceof Mutation.Submitted submitted) {
      submitted(submitted);
      return;
    }
    Row row = rows.get(mutation.id());
    if (row == null) {
      throw new Violation("I12 a change of a task that was never stored: " + mutation.id());
    }
    require(row.isOpen(), "I2 a change after the outcome", row);
    order.leaves(row);
    row.changedIn = commits;
    if (mutation instanceof Mutation.Assigned assigned) {
      assigned(row, assigned);
    } else if (mutation instanceof Mutation.Requeued requeued) {
      requeued(row, requeued);
    } else if (mutation instanceof Mutation.Ended ended) {
      ended(row, ended);
    }
  }

  private void submitted(Mutation.Submitted m) {
    TaskBody body = (TaskBody) m.body();
    TaskSpec spec = body.spec();
    Row row = new Row(m.id(), spec, body.payload());
    require(rows.put(m.id(), row) == null, "I8 a task id was used twice", m.id());
    open++;
    require(open <= maxLiveTasks, "I14 more tasks than the gateway may keep", open);
    if (!spec.getSessionId().isEmpty()) {
      sessions.computeIfAbsent(spec.getSessionId(), s -> new TreeSet<>()).add(m.id());
    }
    order.waits(row);
  }

  private void assigned(Row row, Mutation.Assigned m) {
    require(row.state == TaskState.QUEUED, "J1 leased while it is leased", row);
    require(m.attempt() > row.attempt, "I3b an attempt's number was used again", row);
    long now = m.assignedAtMillis();
    require(now >= row.notBefore, "I9 pushed before its time or within its back-off", row.id);
    long total = Durations.toMillis(row.spec.getTimeouts().getTotal());
    require(now <= row.id.createdAtMillis() + total, "I9 pushed after its total timeout", row.id);
    long queue = Durations.toMillis(row.spec.getTimeouts().getQueue());
    require(
        now <= Math.max(Math.max(row.queuedAt, row.notBefore) + queue, queuePatience),
        "I9 pushed after its queue timeout",
        row.id);
    checkBackoff(m);
    checkSession(row);
    order.checkNoneOvertaken(row, now);
    checkHistory(row, m.history());
    checkCaps(row);
    row.state = TaskState.ASSIGNED;
    row.attempt = m.attempt();
    row.node = m.nodeId();
    leases.put(new Promises.Ref(row.id, m.attempt()), m.nodeId());
  }

  private static void checkBackoff(Mutation.Assigned m) {
    if (m.history().isEmpty()) {
      return;
    }
    AttemptRecord last = m.history().get(m.history().size() - 1);
    if (last.failure() != null && last.outcome() == AttemptOutcome.FAILED) {
      long wait = SimNode.retryAfterOf(last.failure().message());
      require(
          m.assignedAtMillis() >= last.endedAtMillis() + wait,
          "B1 a retry came sooner than its node asked for",
          m.id());
    }
  }

  private void checkCaps(Row row) {
    leased++;
    require(
        projectCap == 0 || leased <= projectCap, "I5 more of a project runs than its cap", leased);
    String key = row.spec.getConcurrencyKey();
    if (!key.isEmpty()) {
      int running = leasedByKey.merge(key, 1, Integer::sum);
      require(running <= 1, "I5 more of a concurrency key runs than its cap", key);
    }
  }

  private void unleased(Row row) {
    if (row.state == TaskState.ASSIGNED) {
      leased--;
      String key = row.spec.getConcurrencyKey();
      if (!key.isEmpty()) {
        leasedByKey.merge(key, -1, Integer::sum);
      }
    }
  }

  private void checkSession(Row row) {
    String session = row.spec.getSessionId();
    if (session.isEmpty()) {
      return;
    }
    for (TaskId id : sessions.getOrDefault(session, new TreeSet<>())) {
      Row other = rows.get(id);
      if (other == null || other == row) {
        continue;
      }
      boolean earlier = id.compareTo(row.id) < 0;
      require(
          !earlier || other.state == TaskState.ASSIGNED,
          "S2 a session's task overtook an earlier one",
          row.id);
      require(other.state != TaskState.ASSIGNED, "S1 two tasks of one session at once", session);
    }
  }

  private void requeued(Row row, Mutation.Requeued m) {
    require(row.state == TaskState.ASSIGNED, "J1 given back without a lease", row);
    checkHistory(row, m.history());
    unleased(row);
    row.state = TaskState.QUEUED;
    row.node = null;
    row.queuedAt = m.queuedAtMillis();
    row.notBefore = m.notBeforeMillis();
    order.waits(row);
  }

  private void ended(Row row, Mutation.Ended m) {
    checkHistory(row, m.history());
    checkFence(m);
    unleased(row);
    row.state = m.state();
    row.node = null;
    open--;
    endedInLastCommit++;
    String session = row.spec.getSessionId();
    if (!session.isEmpty()) {
      TreeSet<TaskId> line = sessions.getOrDefault(session, new TreeSet<>());
      line.remove(row.id);
    }
  }

  private void checkHistory(Row row, List<AttemptRecord> history) {
    int charged = 0;
    for (AttemptRecord record : history) {
      charged += record.outcome().isCharged() ? 1 : 0;
      boolean aside = record.outcome() == AttemptOutcome.REFUSED;
      if (record.outcome() == AttemptOutcome.UNRECEIVED) {
        Promises.Ref ref = new Promises.Ref(row.id, record.number());
        unreceived.add(ref);
        require(!ran.contains(ref), "N1 an attempt that ran counts as never received", ref);
        aside = record.failure() != null && record.failure().code().equals("LINK_FULL");
      }
      row.refused |= aside;
      row.lastEnded = Math.max(row.lastEnded, record.number());
    }
    row.ended = history.size();
    require(
        charged <= row.spec.getRetry().getMaxAttempts(), "I4 too many charged attempts", row.id);
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

  // What the gateway says.

  /** An outcome left the gateway. */
  void outcomeShown(TaskId id, TaskState state) {
    Row row = rows.get(id);
    if (row == null || row.state != state) {
      throw new Violation(
          (state == TaskState.CANCELLED ? "I6 a cancel" : "I2 an outcome")
              + " was shown that is not durable: "
              + (row == null ? id : row)
              + ", shown "
              + state);
    }
  }

  /** A node was told that its result is recorded. */
  void resultAcked(TaskId id, int attempt) {
    Row row = rows.get(id);
    require(
        row != null && (!row.isOpen() || row.lastEnded >= attempt),
        "I2 a result was acknowledged that is not durable",
        id);
  }

  /** Whether the node was given this lease at any time. */
  boolean wasLeased(TaskId id, int attempt, String node) {
    return node.equals(leases.get(new Promises.Ref(id, attempt)));
  }

  /** Whether the node has this lease, or had it until the commit that was last. */
  boolean isLeased(TaskId id, int attempt, String node) {
    Row row = rows.get(id);
    return row != null
        && wasLeased(id, attempt, node)
        && (row.changedIn == commits
            || (row.state == TaskState.ASSIGNED && row.attempt == attempt));
  }

  /** All live tasks of a gateway, at a moment when everything it decided is durable. */
  void compareWith(List<TaskView> live) {
    require(live.size() == open, "I12 live tasks are not those of the record", live.size());
    for (TaskView view : live) {
      Row row = rows.get(view.id());
      if (row == null
          || view.attempt() != row.attempt
          || (view.state() == TaskState.QUEUED) != (row.state == TaskState.QUEUED)
          || (row.node != null && !row.node.equals(view.nodeId()))
          || view.history().size() != row.ended) {
        throw new Violation(
            "I12 the live task is not the recorded one: " + view.state() + " and " + row);
      }
    }
  }

  /** What the disk has in the end. */
  void compareWith(Map<TaskId, StoredTask> stored) {
    for (Row row : rows.values()) {
      StoredTask task = stored.get(row.id);
      require(task != null, "I1 a task is gone from the disk", row);
      require(
          task != null
              && task.state() == row.state
              && task.attempt() == row.attempt
              && task.history().size() == row.ended,
          "I12 the disk has another state than its changes give",
          row);
    }
  }
}
