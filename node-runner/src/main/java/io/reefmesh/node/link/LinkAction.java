package io.reefmesh.node.link;

import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** What a node has to do, in this order. */
public sealed interface LinkAction {

  /** Open a link; ask {@link LinkCore#nextMessage} for its first message once it can be written. */
  record Dial(long link, @Nullable String target) implements LinkAction {}

  /** End a link: orderly (half-close, read on), or at once. */
  record Close(long link, boolean orderly, String reason) implements LinkAction {}

  /** Run an attempt. */
  record Run(Assign assign) implements LinkAction {}

  /** Tell a running attempt to stop. */
  record Interrupt(AttemptRef ref) implements LinkAction {}

  /** Tell people. */
  record Notice(Level level, String text) implements LinkAction {}

  /** The node has left; nothing follows. */
  record Terminated() implements LinkAction {}
}
