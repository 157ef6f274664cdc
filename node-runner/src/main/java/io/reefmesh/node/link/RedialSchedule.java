package io.reefmesh.node.link;

import io.grpc.Status;
import io.reefmesh.client.Backoff;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * When to dial again: full jitter over a bound that doubles from 0.2 s to 15 s. A node that holds
 * work stays below 2 s at first, so that it is back within the gateway's grace; answers that will
 * hardly change by themselves are asked for no more often than every 5 s. It never gives up.
 */
final class RedialSchedule {

  static final long URGENT_MILLIS = 2_000;

  /** Tries below {@link #URGENT_MILLIS}: together at most the usual grace of 10 s. */
  static final int URGENT_TRIES = 8;

  static final long SLOW_MILLIS = 5_000;

  /** A link that lived so long after its Welcome ends a series of failures. */
  static final long STABLE_MILLIS = 5_000;

  private static final Duration FIRST = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(15);

  private static final Set<Status.Code> HARDLY_PASSING =
      EnumSet.of(
          Status.Code.UNAUTHENTICATED,
          Status.Code.PERMISSION_DENIED,
          Status.Code.FAILED_PRECONDITION,
          Status.Code.UNIMPLEMENTED,
          Status.Code.INVALID_ARGUMENT,
          Status.Code.ALREADY_EXISTS);

  private final Backoff backoff;
  private int tries;

  RedialSchedule(RandomGenerator random) {
    this.backoff = Backoff.fullJitter(FIRST, LONGEST, random);
  }

  static boolean isHardlyPassing(Status.Code code) {
    return HARDLY_PASSING.contains(code);
  }

  /** The wait before the next dial, in milliseconds. */
  long nextWaitMillis(Status.Code code, boolean holdsWork) {
    long wait = backoff.next().toMillis();
    tries++;
    if (isHardlyPassing(code)) {
      return SLOW_MILLIS + wait;
    }
    return holdsWork && tries <= URGENT_TRIES ? Math.min(wait, URGENT_MILLIS) : wait;
  }

  /**
   * A link ended that had been welcomed, after so long a life. There is a gateway, so whoever holds
   * work is urgent again, however short the link was; only a long one ends the series of failures.
   */
  void linkLived(long millis) {
    tries = 0;
    if (millis >= STABLE_MILLIS) {
      backoff.reset();
    }
  }
}
