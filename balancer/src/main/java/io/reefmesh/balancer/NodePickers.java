package io.reefmesh.balancer;

/** Makes pickers. */
public final class NodePickers {

  private NodePickers() {}

  /** A new picker without nodes. */
  public static NodePicker create(Strategy strategy) {
    return switch (strategy) {
      case ROUND_ROBIN -> new RoundRobinPicker();
      case LEAST_CONNECTIONS -> new LeastConnectionsPicker();
      case LEAST_LOAD -> new LeastLoadPicker();
      case WEIGHTED -> new WeightedPicker();
      case CONSISTENT_HASH -> new ConsistentHashPicker();
    };
  }
}
