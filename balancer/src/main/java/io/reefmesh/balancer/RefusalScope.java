package io.reefmesh.balancer;

/** What a node cannot take when it refuses an attempt. */
public enum RefusalScope {
  /** This task. */
  TASK,
  /** Any task of this type: its model is cold, its upstream is out of quota. */
  TYPE,
  /** Any task at all: the node is degraded. */
  NODE
}
