package io.reefmesh.client;

import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;

/**
 * Hears everything that happens to a task. Calls for one watch come one after the other, in order,
 * each thing once. The next is asked for when the method has returned.
 *
 * <p>Unless the client was built with an executor for callbacks these methods run on the network
 * thread: they must not block. What a listener throws is logged and does not end the watch.
 */
public interface TaskListener {

  /**
   * Each event before the method it is for, with its time and its cursor. What this SDK adds itself
   * (an attempt or a gap that the gateway did not announce) has no cursor.
   */
  default void onEvent(TaskEvent event) {}

  /** The task as it stands: at first, and after each change. Without the result. */
  default void onState(Task task) {}

  /** An attempt began. Output of earlier attempts is void. */
  default void onAttempt(AttemptStarted attempt) {}

  /** A piece of output. {@link Payloads#text(OutputChunk)} reads it. */
  default void onOutput(OutputChunk chunk) {}

  /** Output is missing here, because the gateway no longer has it. */
  default void onGap(OutputGap gap) {}

  /** The outcome. The last call. */
  default void onFinished(Task task) {}

  /**
   * The watch ended without the outcome: there is no such task, the gateway stayed away for too
   * long, or the client was closed. The last call. The task itself is not touched by it.
   */
  default void onBroken(MeshException why) {}
}
