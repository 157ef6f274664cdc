package io.reefmesh.node.link;

import io.grpc.ManagedChannel;
import io.reefmesh.client.MeshChannels;
import io.reefmesh.client.MeshTarget;

/** Makes the channel of one link. */
@FunctionalInterface
public interface Dialer {

  /**
   * A channel of its own, with retry off, that has not connected yet. Whoever asked shuts it down.
   *
   * @throws IllegalArgumentException if the target cannot be read
   */
  ManagedChannel dial(String target);

  /** Over the network. */
  static Dialer network() {
    return target ->
        MeshChannels.dial(
            MeshTarget.builder(target)
                .retry(false)
                .spreading(MeshTarget.Spreading.PICK_FIRST)
                .userAgentSuffix("node")
                .build());
  }
}
