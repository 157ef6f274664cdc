package io.reefmesh.client;

import io.reefmesh.v1.Node;

/**
 * Hears how nodes fare. Calls for one watch come one after the other; the next is asked for when
 * the method has returned, and a slow listener gets the newest state of each node.
 *
 * <p>Unless the client was built with an executor for callbacks these methods run on the network
 * thread: they must not block. What a listener throws ends the watch.
 */
public interface NodeListener {

  /** A node as it stands: at first every node, then each that changed. */
  default void onNode(Node node) {}

  /** A node is gone, or matches no longer. */
  default void onRemoved(String nodeId) {}

  /** Everything that is there has been told; again after each break in the connection. */
  default void onSynced() {}

  /**
   * The watch ended: it was refused, the gateway stayed away for too long, the listener threw, or
   * the client was closed. The last call. Not called after {@link NodeWatch#close}.
   */
  default void onBroken(MeshException why) {}
}
