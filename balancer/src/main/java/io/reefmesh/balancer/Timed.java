package io.reefmesh.balancer;

/**
 * Something that may become due. Owned by the dispatcher; its place in {@link Timers} is kept here.
 */
abstract sealed class Timed permits TaskEntry, NodeEntry, Hold, Newcomer, Circuit {

  static final long NEVER = Long.MAX_VALUE;

  /** When it is due; meaningful while it is in the timers. */
  long dueAtMillis = NEVER;

  /** Its place in the heap; -1: not there. */
  int timerPosition = -1;

  /** Breaks ties, so that equal times are due in a fixed order. */
  long timerTie;
}
