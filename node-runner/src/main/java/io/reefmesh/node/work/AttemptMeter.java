package io.reefmesh.node.work;

/** Is told of attempts on the threads that run them. Thread-safe; quick, and never throws. */
@FunctionalInterface
public interface AttemptMeter {

  /** Measures nothing. */
  AttemptMeter NONE = type -> outcome -> {};

  /** One attempt under way. */
  @FunctionalInterface
  interface Running {

    /** Its handler has returned, or no thread could be had. */
    void ended(WorkOutcome outcome);
  }

  /**
   * An attempt was given to a thread.
   *
   * @param type one of those that the node has a handler for
   */
  Running began(String type);
}
