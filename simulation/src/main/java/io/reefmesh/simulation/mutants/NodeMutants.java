package io.reefmesh.simulation.mutants;

import java.util.List;

/** Bugs around nodes and their links. */
final class NodeMutants {

  private static final String NODES = "io.reefmesh.balancer.NodeLife";
  private static final String LINKS = "io.reefmesh.gateway.link.NodeLinks";
  private static final String LINK = "io.reefmesh.gateway.link.NodeLink";

  private NodeMutants() {}

  static List<Mutant> all() {
    return List.of(
        new Mutant("NO_INCARNATION", "All process lives of a node look like one", "I3", "N1", "I5")
            .in("balancer", NODES)
            .change(
                "} else if (node.incarnation.equals(hello.incarnation())) {",
                "} else if (!hello.incarnation().isEmpty()) {"),
        new Mutant("NEWCOMER_REPLACES", "A newcomer takes the place of a live node", "N2")
            .in("balancer", NODES)
            .change(
                "probe(node, hello); } else {",
                "closeLink(node, Effect.CloseLink.Reason.REPLACED, \"\"); replace(node, hello); }"
                    + " else {"),
        new Mutant("DRAIN_IGNORED", "A drained node is given work", "O1")
            .in("balancer", "io.reefmesh.balancer.NodeEntry")
            .change("if (leaving || drained) {", "if (leaving) {"),
        new Mutant("DRAIN_LOSES_QUEUE", "A drain forgets what waits", "I12", "J6")
            .in("balancer", "io.reefmesh.balancer.NodeOrders")
            .change(
                "node.drainReason = order.reason();",
                "mesh.tasks.values().removeIf(t -> t.state() == TaskState.QUEUED);"),
        new Mutant("CANCEL_OVERTAKES", "A cancel overtakes its own queued assignment", "N3")
            .in("gateway-server", LINKS)
            .change("if (link.outbox().withdraw(ref)) {", "if (link.hasEnded()) {")
            // In one message the assignment goes first, and so few slots never need two.
            .in("gateway-server", "io.reefmesh.gateway.link.Outbox")
            .change("MAX_ENTRIES = 64;", "MAX_ENTRIES = 1;"),
        new Mutant("WRITES_TO_FULL_STREAM", "A slow reader is written to all the same", "I14")
            .in("gateway-server", LINK)
            .change("while (stream.isReady() && ", "while ("));
  }
}
