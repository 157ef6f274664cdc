package io.reefmesh.chaos.proxy;

/** Which bytes a fault concerns. */
public enum Way {
  /** From the node or client to the gateway. */
  UP,
  /** From the gateway. */
  DOWN,
  /** Both. */
  BOTH
}
