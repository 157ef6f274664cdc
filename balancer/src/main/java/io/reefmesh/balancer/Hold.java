package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * A slot kept by an attempt that was ended and has not yet stopped. It also blocks the task's
 * session until it is due.
 */
final class Hold extends Timed {

  final TaskId id;
  final int attempt;
  final NodeEntry node;

  /**
   * How many pushes the node must have received before its silence about this attempt means
   * something.
   */
  long ordinal;

  /** The session it blocks; null: none, or no longer. */
  @Nullable SessionLine session;

  /** What its task asked for, as far as caps need it; null: it takes no permit. */
  @Nullable TaskTerms terms;

  Hold(TaskId id, int attempt, NodeEntry node, long ordinal, @Nullable SessionLine session) {
    this.id = id;
    this.attempt = attempt;
    this.node = node;
    this.ordinal = ordinal;
    this.session = session;
  }
}
