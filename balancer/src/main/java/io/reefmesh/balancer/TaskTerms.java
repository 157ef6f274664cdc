package io.reefmesh.balancer;

import com.google.common.collect.ImmutableSet;
import org.jspecify.annotations.Nullable;

/**
 * What the dispatcher has to know of a task; everything else about it is {@link Opaque}.
 *
 * @param project the tenant
 * @param requirement what it needs of a node, the type's own capabilities included
 * @param priority 1-10, 1 first
 * @param session tasks of one session run one at a time, in order; null: none
 * @param concurrencyKey tasks of one key share a cap; null: none
 * @param preferSessionNode prefer the node that ran the session's last task
 * @param queueTimeoutMillis waiting, counted anew each time it is queued
 * @param runTimeoutMillis one attempt
 * @param totalTimeoutMillis everything
 * @param noProgressTimeoutMillis silence of a running attempt; 0: off
 * @param retry what happens after a failed attempt
 * @param reconnectGraceMillis how long a lost node may take to come back; 0: the gateway's grace
 * @param notBeforeMillis not pushed before; 0: at once
 */
public record TaskTerms(
    String project,
    Requirement requirement,
    int priority,
    @Nullable String session,
    @Nullable String concurrencyKey,
    boolean preferSessionNode,
    long queueTimeoutMillis,
    long runTimeoutMillis,
    long totalTimeoutMillis,
    long noProgressTimeoutMillis,
    Retry retry,
    long reconnectGraceMillis,
    long notBeforeMillis) {

  /** The priority that goes first. */
  public static final int FIRST_PRIORITY = 1;

  /** The priority that goes last. */
  public static final int LAST_PRIORITY = 10;

  /** The priority of tasks that name none. */
  public static final int DEFAULT_PRIORITY = 5;

  /**
   * What happens after a failed attempt.
   *
   * @param maxAttempts how many attempts may be charged
   * @param initialBackoffMillis upper bound of the wait before the second attempt
   * @param multiplier growth of the bound per attempt
   * @param maxBackoffMillis the bound never passes this
   * @param nonRetryableCodes failure codes that end the task
   */
  public record Retry(
      int maxAttempts,
      long initialBackoffMillis,
      double multiplier,
      long maxBackoffMillis,
      ImmutableSet<String> nonRetryableCodes) {

    /** 3 attempts; back-off 1 s, doubling, up to 1 min. */
    public static final Retry DEFAULT = new Retry(3, 1_000, 2.0, 60_000, ImmutableSet.of());
  }
}
