package io.reefmesh.node.work;

import io.reefmesh.v1.AttemptRef;

/** Is told, on the mailbox, what attempts do. */
public interface AttemptListener {

  /** An attempt wrote output or made progress. */
  void wrote(AttemptRef ref, OutputIntake.Fetched output);

  /** An attempt's handler has returned; its last output was told before. */
  void ended(AttemptRef ref, WorkOutcome outcome);
}
