package io.reefmesh.balancer;

/** A project's turns. Owned by {@link ProjectShares}. */
final class ProjectShare {

  final String project;

  /** What one turn costs it in virtual time: less the more weight it has. */
  final long stride;

  /** The virtual time of its next turn. Only ever grows. */
  long pass;

  /** Its ready tasks, in all groups; and its lanes, with or without tasks. */
  int ready;

  int lanes;

  /** Its place among those that have nothing ready and went ahead of their turn; -1: not there. */
  int debtPosition = -1;

  ProjectShare(String project, long stride, long pass) {
    this.project = project;
    this.stride = stride;
    this.pass = pass;
  }
}
