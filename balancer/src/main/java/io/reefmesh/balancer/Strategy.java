package io.reefmesh.balancer;

/** How a node is chosen among those that can serve a task and have room. */
public enum Strategy {
  /** In turn. */
  ROUND_ROBIN("round-robin"),
  /** The one with the smallest share of its slots in use. */
  LEAST_CONNECTIONS("least-connections"),
  /** The one with the lowest processor and memory load. */
  LEAST_LOAD("least-load"),
  /** In proportion to weights, evenly spread over time. */
  WEIGHTED("weighted"),
  /**
   * The same node for the same session (else task), with little movement when nodes come and go.
   */
  CONSISTENT_HASH("consistent-hash");

  private final String label;

  Strategy(String label) {
    this.label = label;
  }

  /** The name in configuration, on the wire and in metrics. */
  public String label() {
    return label;
  }
}
