package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;

/**
 * A node at one moment.
 *
 * @param id the node
 * @param incarnation its process life
 * @param state where it stands
 * @param stateReason why, when that is not plain; else empty
 * @param profile what it said of itself
 * @param held its leases and holds
 * @param cpuLoad 0-1, by its last beat
 * @param memoryLoad 0-1, by its last beat
 * @param linkedAtMillis when its present or last link was opened
 * @param heardAtMillis when it was last heard
 * @param succeeded attempts it ended well since the gateway started
 * @param failed attempts it ended badly since the gateway started
 * @param coolDowns task types it is not given now, or one at a time only; by type, at most 100
 * @param retryAtMillis when an UNHEALTHY node is tried again; 0: it is not UNHEALTHY, or on trial
 * @param drained an operator drains it
 */
public record NodeView(
    String id,
    String incarnation,
    NodeState state,
    String stateReason,
    NodeProfile profile,
    ImmutableList<Held> held,
    double cpuLoad,
    double memoryLoad,
    long linkedAtMillis,
    long heardAtMillis,
    long succeeded,
    long failed,
    ImmutableList<CoolDown> coolDowns,
    long retryAtMillis,
    boolean drained) {

  static final int MAX_COOL_DOWNS = 100;

  /**
   * A slot in use.
   *
   * @param id the task
   * @param attempt the attempt
   * @param hold the attempt was ended and has not yet stopped
   */
  public record Held(TaskId id, int attempt, boolean hold) {}

  /**
   * A task type that the node is not given.
   *
   * @param type the type
   * @param untilMillis until when; 0: it is on trial, one task at a time
   * @param reason why, for people
   */
  public record CoolDown(String type, long untilMillis, String reason) {}
}
