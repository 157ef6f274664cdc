package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * Why a queued task waits.
 *
 * @param cause for programs
 * @param message for people
 * @param untilMillis when the wait ends by itself; 0: it does not
 * @param blocking the task in the way, if one is
 */
public record WaitReason(Cause cause, String message, long untilMillis, @Nullable TaskId blocking) {

  /** What keeps a task waiting. */
  public enum Cause {
    /** Nothing: a node is being chosen. */
    NEXT,
    /** No known node has what it needs. */
    NO_CAPABLE_NODE,
    /** Every capable node is full, draining or out of reach. */
    NODES_BUSY,
    /** An earlier task of its session has not ended. */
    SESSION_BUSY,
    /** A back-off after a failed attempt. */
    BACKOFF,
    /** Its not-before time. */
    NOT_BEFORE,
    /** A cap on running tasks. */
    CONCURRENCY_CAP
  }
}
