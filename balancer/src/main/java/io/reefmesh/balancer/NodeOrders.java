package io.reefmesh.balancer;

/** What operators tell nodes: drain, take work again, be gone. */
final class NodeOrders {

  private final MeshState mesh;
  private final NodeLife nodes;
  private final NodeHealth health;

  NodeOrders(MeshState mesh, NodeLife nodes, NodeHealth health) {
    this.mesh = mesh;
    this.nodes = nodes;
    this.health = health;
  }

  /** Nothing new for the node; what has not left for it yet goes elsewhere. */
  void drain(Event.DrainNode order) {
    NodeEntry node = mesh.nodes.get(order.nodeId());
    if (node == null) {
      return;
    }
    node.drained = true;
    node.drainReason = order.reason();
    tellDraining(node);
    nodes.recallUnreceived(node);
    mesh.nodeChanged(node);
  }

  /** Takes back {@link #drain}, and whatever failures are held against the node. */
  void resume(Event.ResumeNode order) {
    NodeEntry node = mesh.nodes.get(order.nodeId());
    if (node == null) {
      return;
    }
    if (node.drained) {
      node.drained = false;
      node.drainReason = "";
      tellDraining(node);
    }
    health.pardon(node);
    mesh.nodeChanged(node);
  }

  private void tellDraining(NodeEntry node) {
    if (node.isLinked()) {
      mesh.emit(new Effect.Drain(node.link, node.drained));
    }
  }

  /** Ends the node's link and leases, and forgets it. */
  Answer remove(Event.RemoveNode order) {
    NodeEntry node = mesh.nodes.get(order.nodeId());
    if (node == null) {
      return new Answer.NoNode(order.nodeId());
    }
    if (!order.force() && node.isLinked() && node.inFlight() > 0) {
      return new Answer.NodeInUse(node.view());
    }
    int moved = node.leases.size();
    nodes.remove(node);
    return new Answer.NodeRemoved(moved);
  }
}
