package io.reefmesh.gateway;

import io.reefmesh.balancer.Effect;
import io.reefmesh.gateway.engine.EffectSink;
import io.reefmesh.gateway.figures.TaskFigures;
import io.reefmesh.gateway.link.NodeLinks;
import io.reefmesh.gateway.service.NodeFeed;
import io.reefmesh.gateway.watch.Endings;
import io.reefmesh.gateway.watch.LeaseTable;
import io.reefmesh.gateway.watch.TaskFeeds;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands each effect to the part that carries it out. What goes to a stream is only laid out for it;
 * after a large round it is written by a thread of its own, so that the engine goes on meanwhile,
 * and after a small one here, which is sooner.
 */
final class EffectRouter implements EffectSink {

  /** A round with so many effects keeps a writer busy for longer than it takes to wake it. */
  private static final int LARGE_ROUND = 256;

  private static final long CLOSE_SECONDS = 2;

  private static final Logger log = LoggerFactory.getLogger(EffectRouter.class);

  private final TaskFeeds feeds;
  private final Endings endings;
  private final LeaseTable leases;
  private final NodeLinks links;
  private final NodeFeed nodes;
  private final TaskFigures figures;
  private final LongSupplier nowMillis;

  /** Each stream has one piece of work waiting here at most. After {@link #stop} callers write. */
  private final ExecutorService writer =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          EffectRouter::writerThread,
          (work, stopped) -> work.run());

  /** Of this round. Owned by the engine's thread. */
  private int effects;

  /** When this round's effects began to leave. Owned by the engine's thread. */
  private long roundMillis;

  EffectRouter(
      TaskFeeds feeds,
      Endings endings,
      LeaseTable leases,
      NodeLinks links,
      NodeFeed nodes,
      TaskFigures figures,
      LongSupplier nowMillis) {
    this.nodes = nodes;
    this.figures = figures;
    this.nowMillis = nowMillis;
    this.feeds = feeds;
    this.endings = endings;
    this.leases = leases;
    this.links = links;
  }

  @Override
  public void release(Effect effect) {
    if (effects++ == 0) {
      roundMillis = nowMillis.getAsLong();
    }
    if (effect instanceof Effect.Changed changed) {
      feeds.changed(changed.task());
      endings.changed(changed.task());
      figures.changed(changed.task());
    } else if (effect instanceof Effect.Leased leased) {
      leases.grant(leased.id(), leased.attempt(), leased.link());
    } else if (effect instanceof Effect.Unleased unleased) {
      leases.end(unleased.id(), unleased.attempt());
    } else if (effect instanceof Effect.NodeChanged node) {
      tell(node);
      nodes.poke();
    } else if (effect instanceof Effect.NodeForgotten forgotten) {
      nodes.forgotten(forgotten.nodeId());
      links.figures().forgotten(forgotten.nodeId());
    } else {
      if (effect instanceof Effect.Push push) {
        figures.pushed(push.id(), push.attempt(), roundMillis);
      }
      links.release(effect);
    }
  }

  @Override
  public void flush() {
    Executor by = effects < LARGE_ROUND ? Runnable::run : writer;
    effects = 0;
    links.flush(by);
    endings.roundOver(by);
  }

  /** Writes what is laid out; after that the engine's thread writes by itself. */
  void stop() throws InterruptedException {
    writer.shutdown();
    if (!writer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
      log.warn("what is for slow streams was not written within {} s", CLOSE_SECONDS);
    }
  }

  private static Thread writerThread(Runnable work) {
    Thread thread = new Thread(work, "reefmesh-writer");
    thread.setDaemon(true);
    return thread;
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
