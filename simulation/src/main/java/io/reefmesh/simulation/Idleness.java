package io.reefmesh.simulation;

import io.reefmesh.balancer.TaskState;
import java.util.List;

/**
 * Looks now and then for a node that is well and has nothing to do while there is work that it
 * could do: no fault explains that, so something has leaked.
 */
final class Idleness {

  /** How long either may last: longer than a beat and what it heals. */
  static final long PATIENCE_MILLIS = 15_000;

  private final World world;

  Idleness(World world) {
    this.world = world;
  }

  void check() {
    GatewayLife gateway = world.gateway();
    // At a cap, room is not for everyone.
    if (gateway == null || world.shape().projectCap() > 0) {
      return;
    }
    for (SimNode node : world.nodes()) {
      if (node.isIdleAt(gateway)) {
        checkNothingWaitsFor(node, gateway);
      }
    }
  }

  private void checkNothingWaitsFor(SimNode node, GatewayLife gateway) {
    long sinceMillis = gateway.nowMillis() - PATIENCE_MILLIS;
    // To ask the gateway is to let it take a turn, after which the rows may be others.
    for (Ledger.Row row : List.copyOf(world.promises().ledger().rows())) {
      if (row.state == TaskState.QUEUED
          && !row.refused
          && row.spec.getSessionId().isEmpty()
          && row.spec.getConcurrencyKey().isEmpty()
          && Math.max(row.queuedAt, row.notBefore) < sinceMillis
          && node.types().contains(row.spec.getType())
          && gateway.trusts(node.nodeId(), row.spec.getType())
          && row.state == TaskState.QUEUED
          && node.isIdleAt(gateway)) {
        throw new Violation("L3 node " + node.nodeId() + " is idle while task waits: " + row);
      }
    }
  }
}
