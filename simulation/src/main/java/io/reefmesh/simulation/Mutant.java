package io.reefmesh.simulation;

/** Bugs that can be planted around the real code, so that the checks are seen to work. */
public enum Mutant {
  /** The store says "durable" before it is. */
  ACK_BEFORE_COMMIT,
  /** The same, for outcomes only. */
  OUTCOME_ACKED_BEFORE_COMMIT,
  /** The same, for leases only: an assignment leaves before its lease is durable. */
  PUSH_BEFORE_COMMIT,
  /** A cancel is acknowledged and never recorded. */
  CANCEL_NOT_RECORDED,
  /** A writer of an older epoch may still write. */
  EPOCH_IGNORED,
  /** A restart forgets tasks that wait. */
  RESTART_FORGETS_QUEUED,
  /** A restart forgets how many attempts were made. */
  RESTART_FORGETS_HISTORY,
  /** A restart forgets request ids. */
  RESTART_FORGETS_REQUEST_IDS,
  /** A restart forgets until when a back-off lasts. */
  RESTART_FORGETS_BACKOFF,
  /** News of an older attempt counts for the present one. */
  NO_FENCING,
  /** All process lives of a node look like one. */
  NO_INCARNATION,
  /** Beats and greetings renew everything, whatever they name. */
  BEAT_RENEWS_ALL,
  /** An assignment that has not arrived counts as lost by the first beat. */
  BEAT_BEFORE_ARRIVAL,
  /** A slot is free as soon as its work was told to stop. */
  HOLDS_DROPPED,
  /** Nodes get one task more than they have slots. */
  CAPACITY_OFF_BY_ONE,
  /** A repeated request id makes another task. */
  DUPLICATE_REQUEST_ACCEPTED,
  /** Two contents under one request id count as the same. */
  CONFLICT_IGNORED,
  /** The least urgent goes first. */
  PRIORITY_REVERSED,
  /** There is no end to attempts. */
  UNBOUNDED_ATTEMPTS,
  /** Tasks of one session run as they like. */
  SESSION_IGNORED,
  /** Tasks run although their time has passed. */
  DEADLINE_IGNORED,
  /** Tasks run before their time. */
  NOT_BEFORE_IGNORED,
  /** Tasks go to nodes that cannot serve them. */
  REQUIREMENT_IGNORED,
  /** The same attempt is pushed twice, to two nodes. */
  PUSHED_TWICE,
  /** An attempt's number is used again. */
  ATTEMPT_REUSED,
  /** A lost node is never given up. */
  LEASE_NEVER_EXPIRES,
  /** Nodes are never told that a result was recorded. */
  RESULT_NOT_ACKED,
  /** A failed attempt is repeated at once, whatever its node asked for. */
  RETRY_AFTER_IGNORED
}
