package io.reefmesh.node.link;

import io.grpc.Status;
import io.reefmesh.node.work.OutputPiece;
import io.reefmesh.node.work.WorkOutcome;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.LinkResponse;
import java.util.List;

/** What happens to a node. Links are numbered 1, 2, 3, … as {@link LinkAction.Dial} named them. */
public sealed interface LinkEvent {

  /** The node starts. */
  record Started() implements LinkEvent {}

  /** A message came in. */
  record Heard(long link, LinkResponse message) implements LinkEvent {}

  /** A link ended, whoever ended it. OK: the gateway completed it. */
  record Closed(long link, Status.Code code, String description) implements LinkEvent {}

  /** An attempt wrote; {@code skippedBytes} before the first piece were lost on the way. */
  record OutputWritten(AttemptRef ref, long skippedBytes, List<OutputPiece> pieces)
      implements LinkEvent {}

  /** An attempt's handler has returned. */
  record HandlerReturned(AttemptRef ref, WorkOutcome outcome) implements LinkEvent {}

  /** The machine's load, 0-1 each. */
  record LoadMeasured(double cpu, double memory) implements LinkEvent {}

  /**
   * The node is asked to stop. The first time work may go on for the grace; the second time it is
   * cancelled; the third time the node leaves at once.
   */
  record StopAsked(String reason, long graceMillis) implements LinkEvent {}

  /** The time that {@link LinkCore#nextWakeMillis} named has come. */
  record TimePassed() implements LinkEvent {}
}
