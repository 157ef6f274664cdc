package io.reefmesh.balancer;

/**
 * How much is taken in. Beyond a limit new tasks are refused; what was accepted stays accepted.
 *
 * @param liveTasks tasks without an outcome, of all projects together
 * @param liveTasksPerProject the same, of any one project
 * @param requestIds request ids that are known at once
 */
public record BacklogLimits(int liveTasks, int liveTasksPerProject, int requestIds) {

  /** One limit for all tasks, none of its own for projects and request ids. */
  static BacklogLimits of(int liveTasks) {
    return new BacklogLimits(liveTasks, liveTasks, Integer.MAX_VALUE);
  }
}
