package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A live task. Owned by the dispatcher: {@link TaskLife} changes it, everyone else in here reads.
 */
final class TaskEntry extends Timed {

  /** Uncharged attempts are forgotten beyond this many, so that refusals cannot fill the memory. */
  private static final int MAX_UNCHARGED_HISTORY = 32;

  final TaskId id;
  final TaskTerms terms;
  final Opaque body;
  final @Nullable String requestId;

  private TaskState state = TaskState.QUEUED;

  int attempt;
  ImmutableList<AttemptRecord> history = ImmutableList.of();

  /** When it was queued last, and until when it must not run. */
  long queuedAtMillis;

  long notBeforeMillis;

  /** Expires no earlier than this: after a gateway restart its node gets time to come back. */
  long expiresNotBeforeMillis;

  /** Exactly while ASSIGNED or RUNNING. */
  @Nullable NodeEntry node;

  long assignedAtMillis;
  long startedAtMillis;
  long leaseUntilMillis;

  /** Its place among the pushes on {@link #pushLink}. */
  long pushOrdinal;

  long pushLink = NodeEntry.NO_LINK;

  /** Its session's line, if it has a session. */
  @Nullable SessionLine line;

  /** The ready group it belongs to while it may run now; null: its time or turn has not come. */
  @Nullable ReadyGroup group;

  /** Creation time and priority in one, constant for life; and the ageing step that it falls in. */
  long readyKey;

  long bucket;

  /** Its lane there and its place in a heap; null and -1 while it stands aside. */
  @Nullable ProjectLane lane;

  @Nullable KeyLane keyLane;
  int readyPosition = -1;

  /** Stands aside in its group's parked set: every node with room has refused it lately. */
  boolean parked;

  /** Stands aside for its session's node, which is full. */
  @Nullable NodeEntry awaited;

  /** Since when, and until when at most since it was queued; 0: it did not have to. */
  long awaitsSinceMillis;

  long awaitsUntilMillis;

  /** Nodes not to ask again before a time. */
  private @Nullable Map<String, Long> refusedUntil;

  TaskEntry(TaskId id, TaskTerms terms, Opaque body, @Nullable String requestId) {
    this.id = id;
    this.terms = terms;
    this.body = body;
    this.requestId = requestId;
  }

  /** Counts it while it is live; null before it is admitted. */
  @Nullable TaskCounts counts;

  /** Its place among the queued tasks of its type and priority; -1: it is not queued. */
  int depthPosition = -1;

  /** Does not expire in the queue before: nodes must have had time to come back. */
  long queueExpiresNotBeforeMillis;

  /** Its push was asked back because its lease ended before the node took it. */
  boolean recalled;

  /** When its attempt was seen to advance, and how far it was then; -1: not known. */
  long advancedAtMillis;

  private long progress;
  private long outputOffset;

  TaskState state() {
    return state;
  }

  void become(TaskState next) {
    if (!state.mayBecome(next)) {
      throw new IllegalStateException("task " + id + " cannot go from " + state + " to " + next);
    }
    if (counts != null) {
      counts.moved(state, next);
    }
    state = next;
  }

  /** Sets the state that the store has. */
  void restoreState(TaskState stored) {
    state = stored;
  }

  boolean isLeased() {
    return node != null;
  }

  /** A fresh attempt, which has done nothing yet. */
  void beginsAt(long nowMillis) {
    advancedAtMillis = nowMillis;
    progress = 0;
    outputOffset = 0;
  }

  /** How far the attempt is; known again by the next that is heard of it. */
  void forgetsProgress() {
    progress = -1;
    outputOffset = -1;
  }

  void advancedTo(long newProgress, long newOffset, long nowMillis) {
    if (newProgress != progress || newOffset != outputOffset) {
      progress = newProgress;
      outputOffset = newOffset;
      advancedAtMillis = nowMillis;
    }
  }

  /** It runs, and has been seen standing still for too long. */
  boolean isStalled(long nowMillis) {
    long limit = terms.noProgressTimeoutMillis();
    return limit > 0 && state == TaskState.RUNNING && nowMillis - advancedAtMillis >= limit;
  }

  int chargedAttempts() {
    int charged = 0;
    for (AttemptRecord record : history) {
      if (record.outcome().isCharged()) {
        charged++;
      }
    }
    return charged;
  }

  void remember(AttemptRecord record) {
    ImmutableList.Builder<AttemptRecord> records =
        ImmutableList.builderWithExpectedSize(history.size() + 1);
    int uncharged = 0;
    for (AttemptRecord past : history) {
      uncharged += past.outcome().isCharged() ? 0 : 1;
    }
    boolean dropOldest = !record.outcome().isCharged() && uncharged >= MAX_UNCHARGED_HISTORY;
    for (AttemptRecord past : history) {
      if (dropOldest && !past.outcome().isCharged()) {
        dropOldest = false;
      } else {
        records.add(past);
      }
    }
    history = records.add(record).build();
  }

  void refusedBy(String nodeId, long untilMillis) {
    if (refusedUntil == null) {
      refusedUntil = new HashMap<>();
    }
    refusedUntil.put(nodeId, untilMillis);
  }

  /** Until when a node must not be asked; 0: it may be. */
  long refusedUntilMillis(String nodeId) {
    return refusedUntil == null ? 0 : refusedUntil.getOrDefault(nodeId, 0L);
  }

  /** Nodes that must not be asked now. */
  Set<String> mustAvoid(long nowMillis) {
    if (refusedUntil == null) {
      return Set.of();
    }
    refusedUntil.values().removeIf(until -> until <= nowMillis);
    return refusedUntil.keySet();
  }

  /** Nodes better not asked: the ones above, and those that were tried. */
  Set<String> wouldAvoid(long nowMillis) {
    if (history.isEmpty()) {
      return mustAvoid(nowMillis);
    }
    Set<String> avoid = new HashSet<>(mustAvoid(nowMillis));
    for (AttemptRecord past : history) {
      if (past.outcome().isCharged() || past.outcome() == AttemptOutcome.UNRECEIVED) {
        avoid.add(past.nodeId());
      }
    }
    return avoid;
  }

  /** When it need not stand aside any longer; {@link Timed#NEVER}: it does not. */
  long asideUntilMillis() {
    if (awaited != null) {
      return awaitsUntilMillis;
    }
    return parked ? firstRefusalEndsMillis() : NEVER;
  }

  /** When the first refusal lapses; {@link Timed#NEVER}: there is none. */
  long firstRefusalEndsMillis() {
    long first = NEVER;
    if (refusedUntil != null) {
      for (long until : refusedUntil.values()) {
        first = Math.min(first, until);
      }
    }
    return first;
  }

  long totalDeadlineMillis() {
    return Math.max(id.createdAtMillis() + terms.totalTimeoutMillis(), expiresNotBeforeMillis);
  }

  long queueDeadlineMillis() {
    return Math.max(
        Math.max(queuedAtMillis, notBeforeMillis) + terms.queueTimeoutMillis(),
        Math.max(queueExpiresNotBeforeMillis, expiresNotBeforeMillis));
  }

  long runDeadlineMillis() {
    long from = startedAtMillis > 0 ? startedAtMillis : assignedAtMillis;
    return Math.max(from + terms.runTimeoutMillis(), expiresNotBeforeMillis);
  }

  @Nullable AttemptRecord lastAttempt() {
    return history.isEmpty() ? null : history.get(history.size() - 1);
  }
}
