package io.reefmesh.node.work;

import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException.Scope;
import io.reefmesh.v1.Failure;
import java.time.Duration;

/** How a handler ended. */
public sealed interface WorkOutcome {

  /** It returned a result. */
  record Succeeded(TaskOutput output) implements WorkOutcome {}

  /**
   * It threw.
   *
   * @param failure fit for the wire
   * @param processBroken the process should not go on (it ran out of memory)
   */
  record Failed(Failure failure, boolean processBroken) implements WorkOutcome {}

  /** It gave the attempt back unused; {@code scope}: and what else is not to be offered. */
  record HandedBack(String reason, Duration retryAfter, Scope scope) implements WorkOutcome {

    /** Only this attempt. */
    public HandedBack(String reason, Duration retryAfter) {
      this(reason, retryAfter, Scope.TASK);
    }
  }
}
