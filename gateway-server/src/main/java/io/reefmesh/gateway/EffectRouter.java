package io.reefmesh.gateway;

import io.reefmesh.balancer.Effect;
import io.reefmesh.gateway.engine.EffectSink;
import io.reefmesh.gateway.link.NodeLinks;
import io.reefmesh.gateway.service.NodeFeed;
import io.reefmesh.gateway.watch.Endings;
import io.reefmesh.gateway.watch.LeaseTable;
import io.reefmesh.gateway.watch.TaskFeeds;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands each effect to the part that carries it out. */
final class EffectRouter implements EffectSink {

  private static final Logger log = LoggerFactory.getLogger(EffectRouter.class);

  private final TaskFeeds feeds;
  private final Endings endings;
  private final LeaseTable leases;
  private final NodeLinks links;
  private final NodeFeed nodes;

  EffectRouter(
      TaskFeeds feeds, Endings endings, LeaseTable leases, NodeLinks links, NodeFeed nodes) {
    this.nodes = nodes;
    this.feeds = feeds;
    this.endings = endings;
    this.leases = leases;
    this.links = links;
  }

  @Override
  public void release(Effect effect) {
    if (effect instanceof Effect.Changed changed) {
      feeds.changed(changed.task());
      endings.changed(changed.task());
    } else if (effect instanceof Effect.Leased leased) {
      leases.grant(leased.id(), leased.attempt(), leased.link());
    } else if (effect instanceof Effect.Unleased unleased) {
      leases.end(unleased.id(), unleased.attempt());
    } else if (effect instanceof Effect.NodeChanged node) {
      tell(node);
      nodes.poke();
    } else if (effect instanceof Effect.NodeForgotten forgotten) {
      nodes.forgotten(forgotten.nodeId());
    } else {
      links.release(effect);
    }
  }

  @Override
  public void flush() {
    links.flush();
    endings.roundOver();
  }

  private static void tell(Effect.NodeChanged node) {
    switch (node.to()) {
      case SUSPECT, UNHEALTHY, OFFLINE ->
          log.warn("node {}: {} -> {} {}", node.nodeId(), node.from(), node.to(), node.reason());
      case DRAINING ->
          log.info("node {}: {} -> {} {}", node.nodeId(), node.from(), node.to(), node.reason());
      case ONLINE, BUSY -> {
        switch (node.from()) {
          case ONLINE, BUSY ->
              log.debug("node {}: {} -> {}", node.nodeId(), node.from(), node.to());
          default -> log.info("node {}: {} -> {}", node.nodeId(), node.from(), node.to());
        }
      }
    }
  }
}
