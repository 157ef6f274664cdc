package io.reefmesh.balancer;

/**
 * Why a task or an attempt did not succeed.
 *
 * @param code stable, upper snake case, for programs
 * @param message for people; never a secret
 * @param retryable whether another attempt may help
 * @param retryAfterMillis the earliest sensible time for another attempt, from the end of this one
 */
public record Failure(String code, String message, boolean retryable, long retryAfterMillis) {

  /** The node went away with the attempt. */
  public static final String NODE_LOST = "NODE_LOST";

  /** The node left in order, or was removed, with the attempt: its process did not die of it. */
  public static final String NODE_LEFT = "NODE_LEFT";

  /** So many node processes died with the task that no other gets it. */
  public static final String POISON = "POISON";

  /** The attempt ran on without output or progress for longer than its no-progress timeout. */
  public static final String NO_PROGRESS = "NO_PROGRESS";

  /** The attempt ran longer than its run timeout. */
  public static final String RUN_TIMEOUT = "RUN_TIMEOUT";

  /** No node took the task within its queue timeout. */
  public static final String QUEUE_TIMEOUT = "QUEUE_TIMEOUT";

  /** The task was older than its total timeout. */
  public static final String TOTAL_TIMEOUT = "TOTAL_TIMEOUT";

  /** A caller ended the task. */
  public static final String CANCELLED = "CANCELLED";

  /** What was asked for is no longer in the store: no attempt can be made. */
  public static final String PAYLOAD_LOST = "PAYLOAD_LOST";

  static Failure retryable(String code, String message) {
    return new Failure(code, message, true, 0);
  }

  static Failure terminal(String code, String message) {
    return new Failure(code, message, false, 0);
  }
}
