package io.reefmesh.bench.mesh;

import io.reefmesh.v1.Task;

/** Told what becomes of one task. Called on network threads: must be quick. */
public interface TaskFate {

  /** It is durable; this is its id. */
  default void accepted(String taskId) {}

  /** It has its outcome, whichever. */
  void ended(Task task);

  /**
   * It was not accepted, or its end cannot be heard of.
   *
   * @param code as in {@code google.rpc.Code}
   * @param typed whether the refusal says its reason for programs and when to try again
   */
  void refused(int code, boolean typed, String why);
}
