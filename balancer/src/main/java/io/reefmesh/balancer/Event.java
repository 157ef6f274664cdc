package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened outside. Links are named by a number that the gateway gives each stream
 * and never uses again.
 */
public sealed interface Event {

  /**
   * A caller wants a task done. Answered with {@link Answer.Submitted} or {@link Answer.Accepted},
   * {@link Answer.Repeated}, {@link Answer.Conflict} or {@link Answer.Full}.
   *
   * @param replyTo where the answer goes
   * @param id a fresh id, used if the task is new
   * @param terms what the dispatcher must know
   * @param body the rest
   * @param requestId makes a repeat return the same task; null: none
   * @param digest of the content; null exactly when there is no request id
   */
  record Submit(
      Opaque replyTo,
      TaskId id,
      TaskTerms terms,
      Opaque body,
      @Nullable String requestId,
      @Nullable String digest)
      implements Event {}

  /** A caller ends a task. Answered with {@link Answer.Found} or {@link Answer.NotLive}. */
  record Cancel(Opaque replyTo, TaskId id, String project, String reason) implements Event {}

  /** A reader asks for live tasks. Answered with {@link Answer.Views}. */
  record Look(Opaque replyTo, ImmutableList<TaskId> ids) implements Event {}

  /**
   * A reader asks why a live task waits. Answered with {@link Answer.Explained}, or {@link
   * Answer.NotLive} when it has ended or is another project's.
   */
  record Explain(Opaque replyTo, TaskId id, String project) implements Event {}

  /**
   * A reader asks for nodes. Answered with {@link Answer.Nodes}.
   *
   * @param replyTo where the answer goes
   * @param nodeId only this one; null: all
   * @param changedAfter only those that changed after this version; 0: all
   */
  record LookAtNodes(Opaque replyTo, @Nullable String nodeId, long changedAfter) implements Event {

    /** All nodes. */
    public LookAtNodes(Opaque replyTo) {
      this(replyTo, null, 0);
    }
  }

  /**
   * An operator wants a node to finish what it has and to get nothing new. Answered with {@link
   * Answer.Node} or {@link Answer.NoNode}. Doing it again changes the reason only.
   */
  record DrainNode(Opaque replyTo, String nodeId, String reason) implements Event {}

  /**
   * An operator wants a node to get work again, whatever is held against it. Answered with {@link
   * Answer.Node} or {@link Answer.NoNode}.
   */
  record ResumeNode(Opaque replyTo, String nodeId) implements Event {}

  /**
   * An operator wants a node to be forgotten; {@code force}: also when it is linked and holds work,
   * which then moves. Answered with {@link Answer.NodeRemoved}, {@link Answer.NodeInUse} or {@link
   * Answer.NoNode}.
   */
  record RemoveNode(Opaque replyTo, String nodeId, boolean force) implements Event {}

  /** A reader asks for figures. Answered with {@link Answer.Figures}. */
  record LookAtMesh(Opaque replyTo) implements Event {}

  /** Time passes: whatever is due by now happens. */
  record Tick() implements Event {}

  /** The gateway is about to stop: nothing is placed any more. */
  record StopPlacing() implements Event {}

  /** Something heard on a link. */
  sealed interface FromLink extends Event {

    /** The link. */
    long link();
  }

  /**
   * An attempt that a node says it is responsible for.
   *
   * @param id the task
   * @param attempt the attempt
   * @param finished its result waits to be acked
   * @param progress grows whenever the work advances
   * @param outputOffset how much output it has written, in bytes
   */
  record HeldAttempt(TaskId id, int attempt, boolean finished, long progress, long outputOffset) {

    /** One that says nothing of its progress. */
    public HeldAttempt(TaskId id, int attempt, boolean finished) {
      this(id, attempt, finished, 0, 0);
    }
  }

  /**
   * A node introduced itself. Answered on the link by a Welcome, or by closing it.
   *
   * @param link the link
   * @param nodeId which node
   * @param incarnation its process life
   * @param number of the link in that process life, 1, 2, 3, … as it dials; 0: not known
   * @param profile what it offers
   * @param held what it holds
   */
  record Hello(
      long link,
      String nodeId,
      String incarnation,
      long number,
      NodeProfile profile,
      ImmutableList<HeldAttempt> held)
      implements FromLink {

    /** One that does not say which of its links this is. */
    public Hello(
        long link,
        String nodeId,
        String incarnation,
        NodeProfile profile,
        ImmutableList<HeldAttempt> held) {
      this(link, nodeId, incarnation, 0, profile, held);
    }

    /** Whether the same process has dialled that link before this one, as far as is known. */
    boolean isOlderThan(String otherIncarnation, long otherNumber) {
      return number > 0 && number < otherNumber && incarnation.equals(otherIncarnation);
    }
  }

  /**
   * A node is alive.
   *
   * @param link the link
   * @param busy it takes nothing more by its own word
   * @param cpuLoad 0-1
   * @param memoryLoad 0-1
   * @param slots how many tasks it may run at once, now
   * @param capabilities what it offers, now
   * @param held everything it holds
   * @param pushesReceived how many of the pushes made on this link {@code held} takes into account
   */
  record Beat(
      long link,
      boolean busy,
      double cpuLoad,
      double memoryLoad,
      int slots,
      ImmutableSortedSet<String> capabilities,
      ImmutableList<HeldAttempt> held,
      long pushesReceived)
      implements FromLink {}

  /** The node runs the attempt. */
  record Accepted(long link, TaskId id, int attempt) implements FromLink {}

  /** The node would not take the attempt; {@code scope}: nor what else, until then. */
  record Refused(
      long link, TaskId id, int attempt, String reason, long retryAfterMillis, RefusalScope scope)
      implements FromLink {

    /** A refusal of this task only. */
    public Refused(long link, TaskId id, int attempt, String reason, long retryAfterMillis) {
      this(link, id, attempt, reason, retryAfterMillis, RefusalScope.TASK);
    }
  }

  /**
   * The attempt ended.
   *
   * @param link the link
   * @param id the task
   * @param attempt the attempt
   * @param failure why it failed; null: it succeeded
   * @param result what the handler gave or used, unread
   */
  record Finished(
      long link, TaskId id, int attempt, @Nullable Failure failure, @Nullable Opaque result)
      implements FromLink {}

  /** An attempt that was ended has really stopped. */
  record Stopped(long link, TaskId id, int attempt) implements FromLink {}

  /** The push never left the gateway: the link's outbox was full, or a stop overtook it there. */
  record Withdrawn(long link, TaskId id, int attempt) implements FromLink {}

  /**
   * The push never left the gateway, and no other can: what was asked for is no longer in the
   * store.
   *
   * @param why for people
   */
  record Unreadable(long link, TaskId id, int attempt, String why) implements FromLink {}

  /** The node is about to go; {@code unregister}: what it holds can move at once. */
  record Leaving(long link, String reason, boolean unregister) implements FromLink {}

  /** The link is gone. */
  record LinkClosed(long link) implements FromLink {}
}
