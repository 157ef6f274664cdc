package io.reefmesh.balancer;

import com.google.common.collect.ImmutableMap;

/**
 * What governs the order of the queue and how much of it runs at once. Immutable. Times in
 * milliseconds.
 *
 * @param ageingStepMillis one step of priority is worth this much age, and tasks take turns between
 *     projects inside one step; at least 1
 * @param affinityWaitMillis a task waits at most this long for the node that keeps its session's
 *     state; 0: not at all
 * @param projectCap how many tasks of one project run at once; 0: as many as there are slots
 * @param keyCap how many tasks of one concurrency key run at once, within a project; at least 1
 * @param weights by project, its share inside a step, 1-1000; 1 for those that are not in it
 * @param projectCaps by project, in place of {@code projectCap}; 0: as many as there are slots
 */
public record QueueRules(
    long ageingStepMillis,
    long affinityWaitMillis,
    int projectCap,
    int keyCap,
    ImmutableMap<String, Integer> weights,
    ImmutableMap<String, Integer> projectCaps) {

  /** The largest weight. */
  public static final int MAX_WEIGHT = 1_000;

  /** One step a minute, 5 s for a session's node, no cap on projects, one task a key. */
  public static final QueueRules DEFAULT =
      new QueueRules(60_000, 5_000, 0, 1, ImmutableMap.of(), ImmutableMap.of());

  /**
   * Checks the figures.
   *
   * @throws IllegalArgumentException naming the figure that is out of range
   */
  public QueueRules {
    require(ageingStepMillis >= 1, "the ageing step is below 1 ms: " + ageingStepMillis);
    require(affinityWaitMillis >= 0, "the affinity wait is negative: " + affinityWaitMillis);
    require(projectCap >= 0, "the cap of projects is negative: " + projectCap);
    require(keyCap >= 1, "the cap of concurrency keys is below 1: " + keyCap);
    weights.forEach(
        (project, weight) ->
            require(
                weight >= 1 && weight <= MAX_WEIGHT,
                "the weight of project " + project + " is not 1 to 1000: " + weight));
    projectCaps.forEach(
        (project, cap) ->
            require(cap >= 0, "the cap of project " + project + " is negative: " + cap));
  }

  int weightOf(String project) {
    return weights.getOrDefault(project, 1);
  }

  /** How many tasks of a project run at once; 0: no cap. */
  int capOf(String project) {
    return projectCaps.getOrDefault(project, projectCap);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
