package io.reefmesh.balancer;

/** How an attempt ended. */
public enum AttemptOutcome {
  /** It gave the task's result. */
  SUCCEEDED(true),
  /** The handler failed. */
  FAILED(true),
  /** The node would not take it. */
  REFUSED(false),
  /** It provably never reached the node. */
  UNRECEIVED(false),
  /** The node was lost while it held the attempt; its fate is unknown. */
  LOST(true),
  /** The run or no-progress timeout passed. */
  TIMED_OUT(true),
  /** The task was cancelled or expired under it. */
  CANCELLED(true);

  private final boolean charged;

  AttemptOutcome(boolean charged) {
    this.charged = charged;
  }

  /** Whether the node had no say in it: a success that it reports later is news. */
  public boolean mayStillSucceed() {
    return switch (this) {
      case UNRECEIVED, LOST, TIMED_OUT -> true;
      case SUCCEEDED, FAILED, REFUSED, CANCELLED -> false;
    };
  }

  /** Whether such an attempt counts against the task's {@code max_attempts}. */
  public boolean isCharged() {
    return charged;
  }
}
