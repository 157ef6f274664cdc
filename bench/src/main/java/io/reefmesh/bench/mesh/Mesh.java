package io.reefmesh.bench.mesh;

import io.reefmesh.bench.process.BenchException;
import io.reefmesh.bench.process.ChildProcess;
import io.reefmesh.bench.process.Launcher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A gateway and nodes, each a process of its own, started as users start them; or nodes alone,
 * linked to a gateway that runs already. Not thread-safe.
 */
public final class Mesh implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofMinutes(1);

  /** A gateway with a long queue takes its time to load it. */
  private static final Duration GATEWAY_START_LIMIT = Duration.ofMinutes(3);

  /** At full rate the ids of a few minutes are more than the default allows for a day. */
  private static final int REQUEST_IDS = 8_000_000;

  /** More than any case ends: the limits beside it forget nothing either. */
  private static final int KEPT_TASKS = 1_000_000_000;

  private static final Duration STOP_LIMIT = Duration.ofSeconds(15);

  private final Launcher launcher;
  private final Path data;
  private final List<String> gatewaySettings;
  private final List<String> gatewayJavaOptions;
  private final List<ChildProcess> nodes = new ArrayList<>();
  private final String target;
  private @Nullable ChildProcess gateway;
  private String address = "";

  /**
   * Nothing is started yet.
   *
   * @param data where the gateway keeps its tasks
   * @param target a gateway to use instead of one of our own; empty: none
   * @param gatewaySettings as {@code --set} takes them
   * @param gatewayJavaOptions beside those it is shipped with
   */
  public Mesh(
      Launcher launcher,
      Path data,
      String target,
      List<String> gatewaySettings,
      List<String> gatewayJavaOptions) {
    this.launcher = launcher;
    this.data = data;
    this.target = target;
    this.gatewaySettings = List.copyOf(gatewaySettings);
    this.gatewayJavaOptions = List.copyOf(gatewayJavaOptions);
  }

  /** Starts the gateway, if it is our own, and waits until it serves. */
  public void startGateway() throws InterruptedException {
    if (!target.isEmpty()) {
      address = target;
      return;
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "gateway",
                "--id=bench",
                "--port=" + (address.isEmpty() ? "0" : address.substring(address.indexOf(':') + 1)),
                "--http-port=-1",
                "--data-dir=" + data,
                "--set=log.level=warn",
                "--set=limits.request-ids=" + REQUEST_IDS,
                "--set=retention.count=" + KEPT_TASKS,
                "--set=drain-timeout=1s"));
    gatewaySettings.forEach(setting -> arguments.add("--set=" + setting));
    ChildProcess started = launcher.command("gateway", arguments, gatewayJavaOptions);
    gateway = started;
    String grpc = started.awaitReady(GATEWAY_START_LIMIT).get("grpc");
    if (grpc == null) {
      throw new BenchException("the gateway did not say its port");
    }
    address = grpc;
  }

  /** Starts nodes with the bench's handlers, and waits until their links are live. */
  public void startNodes(int count, int slots) throws InterruptedException {
    List<ChildProcess> started = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      String name = "node-" + (nodes.size() + 1);
      ChildProcess node =
          launcher.command(
              name,
              List.of(
                  "node",
                  "--gateway=" + address,
                  "--id=bench-" + name,
                  "--slots=" + slots,
                  "--set=log.level=warn",
                  "--set=stop.timeout=1s"),
              List.of());
      nodes.add(node);
      started.add(node);
    }
    for (ChildProcess node : started) {
      node.awaitReady(START_LIMIT);
    }
  }

  /** The gateway's address, once it serves. */
  public String address() {
    return address;
  }

  /** The gateway's process; null: it is not our own. */
  public @Nullable ChildProcess gateway() {
    return gateway;
  }

  /** Its processes by name; also this one, which drives them. */
  public Map<String, Long> pidByName() {
    Map<String, Long> pids = new LinkedHashMap<>();
    if (gateway != null) {
      pids.put(gateway.name(), gateway.pid());
    }
    nodes.forEach(node -> pids.put(node.name(), node.pid()));
    pids.put("client", ProcessHandle.current().pid());
    return pids;
  }

  /** Whether all of its processes are ours, so that what they take is known. */
  public boolean isComplete() {
    return gateway != null;
  }

  /** Ends all nodes. */
  public void stopNodes() {
    nodes.forEach(node -> node.stop(STOP_LIMIT));
    nodes.clear();
  }

  /** Kills the gateway where it stands. */
  public void killGateway() {
    ChildProcess running = gateway;
    if (running != null) {
      running.kill();
    }
  }

  /** Ends all processes: nodes first, then the gateway. */
  @Override
  public void close() {
    stopNodes();
    ChildProcess running = gateway;
    if (running != null) {
      running.stop(STOP_LIMIT);
    }
  }
}
