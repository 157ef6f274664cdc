package io.reefmesh.balancer;

/**
 * When a node, or a node for one task type, is taken out after failures. Times in milliseconds.
 *
 * @param windowMillis attempts that ended longer ago do not count
 * @param minAttempts no verdict on fewer attempts than this
 * @param minTasks no verdict unless so many different tasks failed: one bad task is not a bad node
 * @param failurePercent the share of failed attempts that opens a circuit, 1-100
 * @param openMillis how long a circuit stays open the first time
 * @param maxOpenMillis the time doubles with each failed probe up to this
 */
public record HealthRules(
    long windowMillis,
    int minAttempts,
    int minTasks,
    int failurePercent,
    long openMillis,
    long maxOpenMillis) {

  /** 5 attempts, 3 tasks and 50 % within 1 min; open for 5 s, doubling to 5 min. */
  public static final HealthRules DEFAULT = new HealthRules(60_000, 5, 3, 50, 5_000, 300_000);
}
