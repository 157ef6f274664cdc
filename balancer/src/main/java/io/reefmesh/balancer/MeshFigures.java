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
 * @param affinity how sessions fared with the nodes they prefer, since the gateway started
 */
public record MeshFigures(
    ImmutableMap<TaskState, Long> tasks,
    ImmutableMap<NodeState, Integer> nodes,
    long slots,
    long slotsUsed,
    ImmutableList<Depth> queue,
    Affinity affinity) {

  /**
   * Pushes of tasks whose session prefers the node that ran its last task.
   *
   * @param hits pushes to that node
   * @param misses pushes elsewhere, because it was full for too long or took nothing new
   * @param waits tasks that waited for it
   * @param waitedMillis how long those waited in all
   */
  public record Affinity(long hits, long misses, long waits, long waitedMillis) {}

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
