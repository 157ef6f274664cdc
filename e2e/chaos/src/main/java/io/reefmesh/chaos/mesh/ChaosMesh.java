package io.reefmesh.chaos.mesh;

import io.reefmesh.chaos.proxy.FaultyProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One gateway and its nodes, each a process of its own, each node and client behind its own proxy.
 * Everything ends with {@link #close}. Thread-safe.
 */
public final class ChaosMesh implements AutoCloseable {

  private final MeshPlan plan;
  private final GatewaySeat gateway;
  private final List<NodeSeat> nodes;
  private final List<FaultyProxy> proxies = new CopyOnWriteArrayList<>();
  private volatile @Nullable InetSocketAddress place;

  /**
   * A mesh whose processes are not started yet.
   *
   * @param unexpected hears of processes that end although nobody asked them to
   */
  public ChaosMesh(MeshPlan plan, Consumer<String> unexpected) {
    this.plan = plan;
    try {
      Files.createDirectories(plan.effects());
      Files.createDirectories(plan.dataDir());
    } catch (IOException e) {
      throw new UncheckedIOException("no folders can be made in " + plan.folder(), e);
    }
    this.gateway = new GatewaySeat(plan, unexpected, this::lead);
    this.nodes =
        IntStream.rangeClosed(1, plan.nodes())
            .mapToObj(number -> new NodeSeat(plan, "n" + number, unexpected))
            .toList();
    nodes.forEach(node -> proxies.add(node.proxy()));
  }

  /** Starts the gateway, then all nodes, and waits until they are linked. */
  public void start() throws InterruptedException {
    gateway.start();
    nodes.forEach(NodeSeat::start);
    for (NodeSeat node : nodes) {
      node.awaitReady();
    }
  }

  /** What it is made of. */
  public MeshPlan plan() {
    return plan;
  }

  /** The gateway. */
  public GatewaySeat gateway() {
    return gateway;
  }

  /** The nodes, n1, n2, …. */
  public List<NodeSeat> nodes() {
    return nodes;
  }

  /** A proxy for a client, led to wherever the gateway is. */
  public FaultyProxy newProxy(String name) {
    FaultyProxy proxy = new FaultyProxy(name);
    proxies.add(proxy);
    proxy.leadTo(place);
    return proxy;
  }

  private void lead(@Nullable InetSocketAddress newPlace) {
    place = newPlace;
    proxies.forEach(proxy -> proxy.leadTo(newPlace));
  }

  @Override
  public void close() {
    nodes.forEach(NodeSeat::close);
    gateway.close();
    proxies.forEach(FaultyProxy::close);
  }
}
