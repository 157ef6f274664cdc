package io.reefmesh.node.health;

/** How a node is, asked at any time from any thread. */
public interface NodeCondition {

  /** Its id. */
  String nodeId();

  /** Whether its link is live: then it can be given work. */
  boolean isReady();

  /** Whether its loop turns: if not, only a restart helps. */
  boolean isAlive();
}
