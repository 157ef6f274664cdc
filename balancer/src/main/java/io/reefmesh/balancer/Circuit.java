package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * Keeps work away from a node, or from a node for one task type, while it does more harm than good.
 * It opens when too much failed, lets a single probe through after a while, and closes when that
 * succeeds. Apart from that it rests while the node itself asked for it. Owned by {@link
 * NodeHealth}; due when it may be tried again.
 */
final class Circuit extends Timed {

  /** Where it stands. */
  enum State {
    /** Work flows. */
    CLOSED,
    /** Nothing is given. */
    OPEN,
    /** One task at a time is given, to see how it fares. */
    HALF_OPEN
  }

  final NodeEntry node;

  /** The task type it is for; null: all of the node. */
  final @Nullable String type;

  final OutcomeWindow window;
  State state = State.CLOSED;

  /** Why it is not closed, or rests; for people. */
  String reason = "";

  /** When an OPEN one becomes HALF_OPEN. */
  long openUntilMillis;

  /** How often the time it stays open was doubled. */
  int level;

  /** When it closed last; 0: it never opened. */
  long closedAtMillis;

  /** The one attempt that a HALF_OPEN one has let through. */
  Effect.@Nullable AttemptRef probe;

  /** The node asked to be left alone, until {@link #restUntilMillis}. */
  boolean resting;

  long restUntilMillis;

  /** Refusals since an attempt ended otherwise, and how often they led to a rest. */
  int refusalsInARow;

  int restLevel;

  Circuit(NodeEntry node, @Nullable String type, long windowMillis) {
    this.node = node;
    this.type = type;
    this.window = new OutcomeWindow(windowMillis);
  }

  /** Whether it keeps anything away. */
  boolean isTroubled() {
    return resting || state != State.CLOSED;
  }

  /** Whether nothing may be given right now. */
  boolean blocks() {
    return resting || state == State.OPEN || (state == State.HALF_OPEN && probe != null);
  }

  /** When more may be given, by the clock alone; 0: that does not depend on time. */
  long retryAtMillis() {
    long until = resting ? restUntilMillis : 0;
    return state == State.OPEN ? Math.max(until, openUntilMillis) : until;
  }
}
