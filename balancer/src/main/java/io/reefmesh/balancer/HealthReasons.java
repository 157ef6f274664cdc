package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/** Says that a task waits because the nodes that could run it are not well. */
final class HealthReasons {

  private final MeshState mesh;

  HealthReasons(MeshState mesh) {
    this.mesh = mesh;
  }

  /** The reason; null: it is another one. Cheap while all nodes are well. */
  @Nullable WaitReason of(Requirement requirement) {
    if (mesh.troubled.isEmpty()) {
      return null;
    }
    ReadyGroup group = mesh.ready.find(requirement);
    return group == null || group.capable.isEmpty() ? coolingDown(requirement) : unhealthy(group);
  }

  /** Every node that serves it has left its group because it cools down for the type. */
  private @Nullable WaitReason coolingDown(Requirement requirement) {
    int count = 0;
    long first = Timed.NEVER;
    for (NodeEntry node : mesh.troubled) {
      Circuit circuit = node.typeCircuits.get(requirement.type());
      if (circuit != null
          && circuit.blocks()
          && node.introduced
          && !node.offline
          && node.profile.serves(requirement)) {
        count++;
        first = Math.min(first, circuit.retryAtMillis());
      }
    }
    return count == 0
        ? null
        : busy(
            "every node that serves it ("
                + count
                + ") cools down for type "
                + requirement.type()
                + " after failures or refusals",
            first);
  }

  private static @Nullable WaitReason unhealthy(ReadyGroup group) {
    if (group.picker.hasRoom()) {
      return null;
    }
    long first = Timed.NEVER;
    for (NodeEntry node : group.capable) {
      if (node.state() != NodeState.UNHEALTHY) {
        return null;
      }
      first = Math.min(first, node.circuit.retryAtMillis());
    }
    int capable = group.capable.size();
    return busy(capable + " of " + capable + " capable nodes are unhealthy", first);
  }

  private static WaitReason busy(String message, long until) {
    return new WaitReason(
        WaitReason.Cause.NODES_BUSY, message, until == Timed.NEVER ? 0 : until, null);
  }
}
