package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * Why a task waits, or where it runs.
 *
 * @param id the task
 * @param state where it stands
 * @param summary all of it in one or two sentences, for people
 * @param waitReason why it waits, exactly while it is QUEUED
 * @param tasksAhead how many ready tasks of the same requirement would go before it if nothing else
 *     happened: counted in its own project and in earlier ageing steps, by turns (one more or less
 *     for each project) among the other projects of its own step; 0 while its time or its session's
 *     turn has not come. At {@link #MAX_COUNTED}: at least so many
 * @param nodes what each node has to do with it while it is QUEUED: those that could take it now
 *     first, then by id; at most {@link #MAX_NODES}
 * @param nodesLeftOut how many nodes are not listed
 */
public record Explanation(
    TaskId id,
    TaskState state,
    String summary,
    @Nullable WaitReason waitReason,
    long tasksAhead,
    ImmutableList<NodeVerdict> nodes,
    int nodesLeftOut) {

  /** How many tasks ahead are counted. */
  public static final int MAX_COUNTED = 10_000;

  /** How many nodes are listed. */
  public static final int MAX_NODES = 100;

  /**
   * What one node has to do with the task.
   *
   * @param nodeId the node
   * @param state where it stands
   * @param eligible it could take the task now
   * @param reason why it does not, or what room it has, for people
   * @param untilMillis when that ends by itself; 0: it does not
   */
  public record NodeVerdict(
      String nodeId, NodeState state, boolean eligible, String reason, long untilMillis) {}
}
