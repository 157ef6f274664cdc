package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

/**
 * The mesh in figures.
 *
 * @param tasks live tasks by state, and outcomes since the start
 * @param nodes nodes by state
 * @param slots slots of all linked nodes
 * @param slotsUsed leases and holds
 * @param queue queued tasks by type and priority, deepest first
 */
public record MeshFigures(
    ImmutableMap<TaskState, Long> tasks,
    ImmutableMap<NodeState, Integer> nodes,
    long slots,
    long slotsUsed,
    ImmutableList<Depth> queue) {

  /**
   * The queue of one type and priority.
   *
   * @param type the task type
   * @param priority 1-10
   * @param queued how many
   * @param oldestAtMillis when the oldest was created
   */
  public record Depth(String type, int priority, long queued, long oldestAtMillis) {}
}
