package io.reefmesh.client;

import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;

/**
 * Hears a task's output while it runs. Calls for one task come one after the other, in order, each
 * piece once. The next piece is asked for when the method has returned: a slow listener slows the
 * stream, not the gateway.
 *
 * <p>Unless the client was built with an executor for callbacks these methods run on the network
 * thread: they must not block. What a listener throws is logged and does not end the stream.
 */
@FunctionalInterface
public interface OutputListener {

  /** A piece of output. {@link Payloads#text(OutputChunk)} reads it. */
  void onOutput(OutputChunk chunk);

  /** An attempt began. Output of earlier attempts is void: start over. */
  default void onAttempt(AttemptStarted attempt) {}

  /** Output is missing here, because the gateway no longer has it. */
  default void onGap(OutputGap gap) {}
}
