package io.reefmesh.node.link;

import io.reefmesh.node.work.SlotPermit;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.HeldAttempt;
import io.reefmesh.v1.Refused;
import org.jspecify.annotations.Nullable;

/** One attempt that this node is responsible for, until it may forget it. Owned by the workload. */
final class Held {

  /** Where it stands. */
  enum Stage {
    /** The handler works. */
    RUNNING,
    /** The gateway ended it: Stopped follows when the handler has returned. */
    CANCELLED,
    /**
     * Its run timeout passed: the handler has a moment to return before the failure is reported.
     */
    TIMED_OUT,
    /** Its outcome is fixed and kept until the gateway acks it. */
    FINISHED,
    /** The handler gave it back: the refusal is not written yet. */
    HANDED_BACK,
    /**
     * Acked, but the handler has still not returned: it keeps its slot and is not named in beats.
     */
    LINGERING,
    /** Cancelled because the node stops: the gateway moves it when it hears Leaving. */
    ABANDONED
  }

  final AttemptRef ref;
  final long order;
  final SlotPermit permit;
  final OutputBuffer output;
  Stage stage = Stage.RUNNING;
  long deadlineMillis = WireTime.NEVER;
  long progress;
  boolean acceptConfirmed;
  boolean waitsForCredit;
  @Nullable Finished result;
  @Nullable Refused refusal;

  Held(AttemptRef ref, long order, SlotPermit permit, OutputBuffer output) {
    this.ref = ref;
    this.order = order;
    this.permit = permit;
    this.output = output;
  }

  /** Whether its handler has not returned yet. */
  boolean runs() {
    return permit.isOpen();
  }

  HeldAttempt onTheWire() {
    return HeldAttempt.newBuilder()
        .setRef(ref)
        .setFinished(stage == Stage.FINISHED)
        .setProgress(progress)
        .setOutputOffset(output.endOffset())
        .build();
  }

  @Override
  public String toString() {
    return "attempt " + ref.getAttempt() + " of task " + ref.getTaskId();
  }
}
