package io.reefmesh.node.health;

/** How a node is, asked at any time from any thread. */
public interface NodeCondition {

  /** Its id. */
  String nodeId();

  /** Whether it can be given work: its link is live, and no operator drains it. */
  boolean isReady();

  /** Whether its link is live. */
  boolean isLinked();

  /** Whether an operator drains it. */
  boolean isDrained();

  /** Whether its loop turns: if not, only a restart helps. */
  boolean isAlive();
}
