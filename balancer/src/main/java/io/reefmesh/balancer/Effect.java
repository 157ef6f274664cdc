package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;

/**
 * Something to be done outside, in this order, and not before every {@link Persist} of the same and
 * earlier steps is durable.
 */
public sealed interface Effect {

  /** Make this durable. */
  record Persist(Mutation mutation) implements Effect {}

  /** Tell a caller. */
  record Reply(Opaque to, Answer answer) implements Effect {}

  /** Tell whoever watches: this is the task now. */
  record Changed(TaskView task) implements Effect {}

  /** A node stands elsewhere now. */
  record NodeChanged(String nodeId, NodeState from, NodeState to, String reason)
      implements Effect {}

  /**
   * Push an attempt to a node.
   *
   * @param link the node's link
   * @param ordinal 1, 2, 3, … among the pushes on this link
   * @param id the task
   * @param attempt the attempt
   * @param terms the task's terms
   * @param body the rest
   * @param totalRemainingMillis how long the task has left
   * @param attemptsLeft how many attempts may follow
   */
  record Push(
      long link,
      long ordinal,
      TaskId id,
      int attempt,
      TaskTerms terms,
      Opaque body,
      long totalRemainingMillis,
      int attemptsLeft)
      implements Effect {}

  /** Output of this attempt counts from now on, when it comes by this link. */
  record Leased(long link, TaskId id, int attempt) implements Effect {}

  /** Output of this attempt no longer counts. */
  record Unleased(TaskId id, int attempt) implements Effect {}

  /** Tell a node to stop an attempt. */
  record StopAttempt(long link, TaskId id, int attempt, String reason) implements Effect {}

  /** Tell a node what became of a result. */
  record Ack(long link, TaskId id, int attempt, Status status) implements Effect {

    /** What became of it. */
    public enum Status {
      /** It is the attempt's durable outcome. */
      RECORDED,
      /** Another outcome or a later attempt counts. */
      STALE,
      /** No such task is known. */
      UNKNOWN
    }
  }

  /** One push, by its fencing token. */
  record AttemptRef(TaskId id, int attempt) {}

  /** Take the node in: it may go on with {@code keep} and must stop {@code drop}. */
  record Welcome(
      long link,
      ImmutableList<AttemptRef> keep,
      ImmutableList<AttemptRef> drop,
      boolean draining,
      Rhythm rhythm,
      long firstBeatMillis)
      implements Effect {}

  /**
   * What a node is told of time.
   *
   * @param beatMillis how often to beat
   * @param leaseMillis how long a lease holds without a beat that names it
   */
  record Rhythm(long beatMillis, long leaseMillis) {}

  /** Answer a beat: the node must stop {@code drop}. */
  record BeatReply(long link, ImmutableList<AttemptRef> drop, Rhythm rhythm) implements Effect {}

  /** Tell a node to take nothing new ({@code draining}), or to take work again. */
  record Drain(long link, boolean draining) implements Effect {}

  /**
   * Take a push back if it has not left the gateway: then {@link Event.Withdrawn} follows. If it
   * has left, nothing follows.
   */
  record Recall(long link, TaskId id, int attempt) implements Effect {}

  /** The node is not known any more. */
  record NodeForgotten(String nodeId) implements Effect {}

  /** Ask a linked node to show that it lives. */
  record Probe(long link) implements Effect {}

  /**
   * A node said something about an attempt that no longer counts; {@code what}: the kind of news.
   */
  record Stale(long link, TaskId id, int attempt, String what) implements Effect {}

  /** End a link. */
  record CloseLink(long link, Reason reason, String message) implements Effect {

    /** Why. */
    public enum Reason {
      /** The same process opened a newer link. */
      REPLACED,
      /** Another living process has this node id. */
      DUPLICATE,
      /** Nothing was heard for too long. */
      SILENT,
      /** The node unregistered. */
      LEFT,
      /** An operator removed the node. */
      REMOVED
    }
  }
}
