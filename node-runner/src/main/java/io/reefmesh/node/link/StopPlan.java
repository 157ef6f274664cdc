package io.reefmesh.node.link;

/** How far a node is on its way out. */
final class StopPlan {

  /** After work was cancelled, handlers have so long to return and results to be acked. */
  static final long CANCEL_WITHIN_MILLIS = 5_000;

  /** The last words and the gateway's closing of the link may take so long. */
  static final long GOODBYE_WITHIN_MILLIS = 2_000;

  /** The steps, in order. */
  enum Step {
    /** It is to stay. */
    STAYING,
    /** It takes nothing new; what runs may finish. */
    FINISHING,
    /** What runs was cancelled. */
    CANCELLING,
    /** Leaving is to be written. */
    LEAVING,
    /** Leaving was written: the link is to be completed at the next step, which is due at once. */
    SAID,
    /** The link was completed: the gateway closes it. */
    CLOSING,
    /** Out. */
    GONE
  }

  Step step = Step.STAYING;
  String reason = "";
  private long deadlineMillis = WireTime.NEVER;

  boolean isStopping() {
    return step != Step.STAYING;
  }

  boolean isDue(long nowMillis) {
    return nowMillis >= deadlineMillis;
  }

  long deadlineMillis() {
    return deadlineMillis;
  }

  void go(Step next, long deadline) {
    step = next;
    deadlineMillis = deadline;
  }
}
