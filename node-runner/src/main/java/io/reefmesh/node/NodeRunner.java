package io.reefmesh.node;

import io.grpc.ManagedChannel;
import io.reefmesh.node.health.GrpcHealth;
import io.reefmesh.node.health.HttpHealth;
import io.reefmesh.node.health.NodeCondition;
import io.reefmesh.node.link.GatewayLink;
import io.reefmesh.node.link.LinkCore;
import io.reefmesh.node.link.LinkProfile;
import io.reefmesh.node.metrics.NodeMetrics;
import io.reefmesh.node.work.AttemptRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: dials its gateway, runs what it is given, and keeps at it until it is stopped. Never
 * gives up on a gateway that cannot be reached. Thread-safe.
 *
 * <p>It stops in steps. The first {@link #stop} takes nothing new and lets running work go on for
 * the time given; the second, or the end of that time, cancels what still runs (handlers have 5 s
 * to return) and hands it back to the gateway, which gives it to another node at once; the third
 * leaves at once. Saying goodbye takes 2 s at most.
 */
public final class NodeRunner implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NodeRunner.class);
  private static final int MAX_CAPABILITIES = 64;

  /** The loop turns about once a second; this long without a turn means that it hangs. */
  private static final long HUNG_AFTER_MILLIS = 30_000;

  private final NodeConfig config;
  private final NodeParts parts;
  private final OfferedHandlers handlers;
  private final GatewayLink link;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Object linkedLock = new Object();
  private final NodeCondition condition = new Condition();
  private final NodeMetrics metrics;
  private volatile @Nullable GrpcHealth grpcHealth;
  private volatile @Nullable HttpHealth httpHealth;
  private volatile @Nullable Throwable failure;

  private NodeRunner(NodeConfig config, OfferedHandlers handlers, NodeParts parts) {
    this.config = config;
    this.handlers = handlers;
    this.parts = parts;
    this.metrics = new NodeMetrics(config.slots(), handlers.byType().keySet(), condition);
    this.link =
        new GatewayLink(
            new LinkCore(profile(config, handlers, parts.incarnation()), parts.random()),
            parts.mailbox(),
            this::dial,
            config.gateway(),
            parts.load(),
            (listener, mailbox) ->
                new AttemptRunner(
                    handlers.byType(),
                    config.id(),
                    parts.attemptThreads(),
                    mailbox,
                    listener,
                    metrics.attempts()),
            new Surroundings());
  }

  /**
   * Starts a node and returns; it links in the background.
   *
   * @param given handlers to serve; they win over handlers of the same type on the class path
   * @throws NodeStartException if no handler can serve, or a health port cannot be had
   */
  public static NodeRunner start(NodeConfig config, List<TaskHandler> given) {
    return start(config, given, NodeParts.real());
  }

  static NodeRunner start(NodeConfig config, List<TaskHandler> given, NodeParts parts) {
    OfferedHandlers handlers = OfferedHandlers.start(given);
    try {
      checkOffer(config, handlers);
      NodeRunner runner = new NodeRunner(config, handlers, parts);
      runner.openHealth();
      runner.link.start();
      return runner;
    } catch (RuntimeException e) {
      handlers.close();
      parts.close();
      throw e;
    }
  }

  /** A node without a type would say that it takes any; only one without slots may. */
  private static void checkOffer(NodeConfig config, OfferedHandlers handlers) {
    if (handlers.byType().isEmpty() && config.slots() > 0) {
      throw new NodeStartException(
          "node "
              + config.id()
              + " has no handler that can serve: see the warnings above, or give it 0 slots",
          null);
    }
    int offered = offer(config, handlers).size();
    if (offered > MAX_CAPABILITIES) {
      throw new NodeStartException(
          offered + " capabilities: a node may offer " + MAX_CAPABILITIES, null);
    }
  }

  private static Set<String> offer(NodeConfig config, OfferedHandlers handlers) {
    Set<String> offer = new TreeSet<>(config.capabilities());
    offer.addAll(handlers.capabilities());
    return offer;
  }

  private static LinkProfile profile(
      NodeConfig config, OfferedHandlers handlers, String incarnation) {
    return new LinkProfile(
        config.id(),
        incarnation,
        config.type(),
        List.copyOf(offer(config, handlers)),
        List.copyOf(handlers.byType().keySet()),
        config.labels(),
        config.slots(),
        config.weight(),
        config.keepsSessionState(),
        NodeVersion.TEXT);
  }

  private ManagedChannel dial(String target) {
    metrics.dialled();
    return parts.dialer().dial(target);
  }

  private void openHealth() {
    try {
      if (config.healthPort().isPresent()) {
        grpcHealth = new GrpcHealth(config.healthBind(), config.healthPort().getAsInt(), condition);
      }
      if (config.healthHttpPort().isPresent()) {
        httpHealth =
            new HttpHealth(
                config.healthBind(), config.healthHttpPort().getAsInt(), condition, metrics);
      }
    } catch (IOException | IllegalArgumentException e) {
      closeHealth();
      throw new NodeStartException(
          "the health port on "
              + config.healthBind()
              + " cannot be opened ("
              + e.getMessage()
              + "): choose another health.port, or 0 for any free one",
          e);
    }
  }

  /** The node's id. */
  public String nodeId() {
    return config.id();
  }

  /** This process life of it: 16 lower-case hex digits. */
  public String incarnation() {
    return parts.incarnation();
  }

  /** The task types it offers, sorted. */
  public Set<String> taskTypes() {
    return new TreeSet<>(handlers.byType().keySet());
  }

  /** The capabilities it offers, sorted. */
  public Set<String> capabilities() {
    return offer(config, handlers);
  }

  /** The port of its gRPC health service; -1: none. */
  public int healthPort() {
    GrpcHealth health = grpcHealth;
    return health == null ? -1 : health.port();
  }

  /** The port of its HTTP health; -1: none. */
  public int healthHttpPort() {
    HttpHealth health = httpHealth;
    return health == null ? -1 : health.port();
  }

  /** Whether its link is live. */
  public boolean isLinked() {
    return link.isLinked();
  }

  /** Whether an operator drains it: it finishes what it has and gets nothing new. */
  public boolean isDrained() {
    return link.isDrained();
  }

  /**
   * Waits until the link is live.
   *
   * @return false if it did not come about in time, or the node has stopped
   */
  public boolean awaitLinked(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    synchronized (linkedLock) {
      while (!isLinked() && stopped.getCount() > 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          return false;
        }
        linkedLock.wait(left);
      }
    }
    return isLinked();
  }

  /**
   * The next step of stopping, see the class comment. Returns at once.
   *
   * @param grace how long running work may go on, if this is the first step
   */
  public void stop(Duration grace) {
    link.stop("node " + nodeId() + " was told to stop", grace.toMillis());
  }

  /** The next step of stopping, with the configured time. */
  public void stop() {
    stop(config.stopTimeout());
  }

  /**
   * Waits until the node has stopped.
   *
   * @throws IllegalStateException if it stopped because its own loop failed
   */
  public void awaitStop() throws InterruptedException {
    stopped.await();
    Throwable cause = failure;
    if (cause != null) {
      throw new IllegalStateException("node " + nodeId() + " stopped: its loop failed", cause);
    }
  }

  /** Waits until the node has stopped, at most so long; true if it has. */
  public boolean awaitStop(Duration atMost) throws InterruptedException {
    return stopped.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Cancels what runs, leaves, and waits for it: some seconds at most. */
  @Override
  public void close() {
    stop(Duration.ZERO);
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeHealth() {
    if (grpcHealth != null) {
      grpcHealth.close();
    }
    if (httpHealth != null) {
      httpHealth.close();
    }
  }

  private final class Surroundings implements GatewayLink.Surroundings {
    @Override
    public void linked(boolean live) {
      GrpcHealth health = grpcHealth;
      if (health != null) {
        health.refresh();
      }
      synchronized (linkedLock) {
        linkedLock.notifyAll();
      }
    }

    @Override
    public void terminated(@Nullable Throwable cause) {
      failure = cause;
      handlers.close();
      closeHealth();
      parts.close();
      stopped.countDown();
      synchronized (linkedLock) {
        linkedLock.notifyAll();
      }
      log.info("node {} has stopped", nodeId());
    }
  }

  private final class Condition implements NodeCondition {
    @Override
    public String nodeId() {
      return config.id();
    }

    @Override
    public boolean isReady() {
      return link.isLinked() && !link.isDrained();
    }

    @Override
    public boolean isLinked() {
      return link.isLinked();
    }

    @Override
    public boolean isDrained() {
      return link.isDrained();
    }

    @Override
    public boolean isAlive() {
      return parts.mailbox().nowMillis() - link.lastTurnMillis() < HUNG_AFTER_MILLIS;
    }
  }
}
