package io.reefmesh.testkit;

import io.reefmesh.client.MeshClient;
import io.reefmesh.config.Settings;
import io.reefmesh.gateway.Gateway;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.node.NodeConfig;
import io.reefmesh.node.NodeRunner;
import io.reefmesh.node.TaskHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A real gateway and real nodes in this process, on free loopback ports, with short times: beats
 * every 200 ms, silent after 2 s, a grace of 1 s. Not thread-safe.
 */
public final class TestMesh implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Map<String, String> settings = new HashMap<>();
  private final List<NodeRunner> nodes = new ArrayList<>();
  private final List<MeshClient> clients = new ArrayList<>();
  private Gateway gateway;

  private TestMesh(@Nullable Path dataDir, Map<String, String> extra) {
    settings.put("port", "0");
    settings.put("http-port", "-1");
    settings.put("id", "test-gateway");
    settings.put("node.beat", "200ms");
    settings.put("node.silent-after", "2s");
    settings.put("node.grace", "1s");
    settings.put("drain-timeout", "0s");
    if (dataDir == null) {
      settings.put("store", "memory");
    } else {
      settings.put("data-dir", dataDir.toString());
    }
    settings.putAll(extra);
    gateway = startGateway();
    // A restart comes back where clients and nodes expect it.
    settings.put("port", Integer.toString(gateway.grpcPort()));
  }

  /** A mesh that keeps its tasks in memory. */
  public static TestMesh inMemory() {
    return new TestMesh(null, Map.of());
  }

  /** The same with some gateway settings of one's own. */
  public static TestMesh inMemory(Map<String, String> gatewaySettings) {
    return new TestMesh(null, gatewaySettings);
  }

  /** A mesh that keeps its tasks in a folder, and survives {@link #restartGateway}. */
  public static TestMesh durable(Path dataDir) {
    return new TestMesh(dataDir, Map.of());
  }

  /** The same with some gateway settings of one's own. */
  public static TestMesh durable(Path dataDir, Map<String, String> gatewaySettings) {
    return new TestMesh(dataDir, gatewaySettings);
  }

  /** Where the gateway listens. */
  public String target() {
    return "127.0.0.1:" + settings.get("port");
  }

  /** The gateway. */
  public Gateway gateway() {
    return gateway;
  }

  /**
   * Starts a node and waits until it is linked.
   *
   * @throws AssertionError if it is not linked within 20 s
   */
  public NodeRunner node(String id, int slots, TaskHandler... handlers)
      throws InterruptedException {
    NodeRunner node =
        NodeRunner.start(NodeConfig.of(target(), id).withSlots(slots), List.of(handlers));
    nodes.add(node);
    if (!node.awaitLinked(PATIENCE)) {
      throw new AssertionError("node " + id + " was not linked within " + PATIENCE);
    }
    return node;
  }

  /** A client of the project "default". */
  public MeshClient client() {
    MeshClient client = MeshClient.builder().target(target()).build();
    clients.add(client);
    return client;
  }

  /** Stops the gateway without letting anything finish. */
  public void stopGateway() {
    gateway.close();
  }

  /** Starts the gateway again on the same port and data. */
  public void startGatewayAgain() {
    gateway = startGateway();
  }

  /** Both of the above. */
  public void restartGateway() {
    stopGateway();
    startGatewayAgain();
  }

  @Override
  public void close() {
    clients.forEach(MeshClient::close);
    nodes.forEach(NodeRunner::close);
    gateway.close();
  }

  private Gateway startGateway() {
    return Gateway.start(GatewayConfig.from(Settings.read(null, Map.of(), settings)));
  }
}
