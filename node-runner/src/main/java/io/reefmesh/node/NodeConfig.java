package io.reefmesh.node;

import io.reefmesh.client.MeshTarget;
import io.reefmesh.config.Settings;
import io.reefmesh.config.SettingsException;
import io.reefmesh.v1.NodeType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How a node runs. {@link #from} reads it from settings; handlers read theirs from the same
 * settings.
 *
 * @param gateway where the gateway is, as {@code host:port} or any gRPC target
 * @param id unique in the mesh: 1-64 characters out of letters, digits, '.', '_' and '-'
 * @param type what it is for
 * @param slots how many attempts may run at once, 0-10,000
 * @param weight its share under the weighted strategy, 1-1,000; 0: its slots
 * @param capabilities what it offers beside what its handlers bring, at most 64
 * @param labels its labels, at most 32
 * @param keepsSessionState whether a session's next task is better off here
 * @param stopTimeout how long running work may go on after the first wish to stop
 * @param healthBind address the health ports listen on
 * @param healthPort port of the gRPC health service; empty: none; 0: any free one
 * @param healthHttpPort port of HTTP {@code /health}; empty: none; 0: any free one
 */
public record NodeConfig(
    String gateway,
    String id,
    NodeType type,
    int slots,
    int weight,
    List<String> capabilities,
    Map<String, String> labels,
    boolean keepsSessionState,
    Duration stopTimeout,
    String healthBind,
    OptionalInt healthPort,
    OptionalInt healthHttpPort) {

  /** Where a gateway on the same machine listens. */
  public static final String DEFAULT_GATEWAY = "127.0.0.1:7420";

  /** How long running work may go on by default: what container platforms commonly allow. */
  public static final Duration DEFAULT_STOP_TIMEOUT = Duration.ofSeconds(30);

  private static final int MAX_SLOTS = 10_000;
  private static final int MAX_WEIGHT = 1_000;
  private static final int MAX_CAPABILITIES = 64;
  private static final int MAX_LABELS = 32;
  private static final int MAX_LABEL_KEY_CHARS = 64;
  private static final int MAX_LABEL_VALUE_CHARS = 256;
  private static final int LAST_PORT = 65_535;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern CAPABILITY = Pattern.compile("\\S{1,64}");

  /**
   * Checks what the gateway would refuse.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public NodeConfig {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "node id \"" + id + "\": use 1-64 letters, digits, '.', '_' and '-'");
    }
    checkCapabilities(capabilities);
    checkLabels(labels);
    capabilities = List.copyOf(capabilities);
    labels = Map.copyOf(labels);
  }

  /** A node with defaults for everything else and no health ports. */
  public static NodeConfig of(String gateway, String id) {
    return new NodeConfig(
        gateway,
        id,
        NodeType.NODE_TYPE_AGENT,
        defaultSlots(),
        0,
        List.of(),
        Map.of(),
        false,
        DEFAULT_STOP_TIMEOUT,
        "127.0.0.1",
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  /** The same with so many slots. */
  public NodeConfig withSlots(int value) {
    return new NodeConfig(
        gateway,
        id,
        type,
        value,
        weight,
        capabilities,
        labels,
        keepsSessionState,
        stopTimeout,
        healthBind,
        healthPort,
        healthHttpPort);
  }

  /** The same with health ports; 0: any free one. */
  public NodeConfig withHealth(String bind, int port, int httpPort) {
    return new NodeConfig(
        gateway,
        id,
        type,
        slots,
        weight,
        capabilities,
        labels,
        keepsSessionState,
        stopTimeout,
        bind,
        OptionalInt.of(port),
        OptionalInt.of(httpPort));
  }

  /**
   * Reads the keys gateway, id, type (agent or channel), slots, weight, capabilities, labels,
   * keeps-session-state, stop.timeout, health.bind, health.port and health.http-port ("off" or a
   * port). Does not call {@link Settings#finish}: other readers of the same settings follow.
   *
   * @throws SettingsException naming the key, its value and what is allowed
   */
  public static NodeConfig from(Settings settings) {
    try {
      return new NodeConfig(
          readable(settings.text("gateway", DEFAULT_GATEWAY).trim()),
          settings.text("id", HostName.asNodeId()).trim(),
          settings.choice("type", "agent", "agent", "channel").equals("channel")
              ? NodeType.NODE_TYPE_CHANNEL
              : NodeType.NODE_TYPE_AGENT,
          settings.integer("slots", defaultSlots(), 0, MAX_SLOTS),
          settings.integer("weight", 0, 0, MAX_WEIGHT),
          settings.list("capabilities", List.of()),
          settings.map("labels", Map.of()),
          settings.flag("keeps-session-state", false),
          settings.duration(
              "stop.timeout", DEFAULT_STOP_TIMEOUT, Duration.ZERO, Duration.ofDays(1)),
          settings.text("health.bind", "127.0.0.1").trim(),
          port(settings, "health.port"),
          port(settings, "health.http-port"));
    } catch (IllegalArgumentException e) {
      throw new SettingsException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Twice the processors, at least four: most attempts wait for a model, a program or the network,
   * and a small machine should still not make them queue one behind the other.
   */
  public static int defaultSlots() {
    return Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
  }

  /** Refuses an address now that every dial would stumble over later. */
  private static String readable(String gateway) {
    MeshTarget.of(gateway);
    return gateway;
  }

  private static OptionalInt port(Settings settings, String key) {
    String text = settings.text(key, "off").trim();
    if (text.equals("off") || text.equals("-1")) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(settings.integer(key, 0, 0, LAST_PORT));
  }

  private static void checkCapabilities(List<String> capabilities) {
    List<String> wrong = new ArrayList<>(capabilities);
    wrong.removeIf(capability -> CAPABILITY.matcher(capability).matches());
    if (!wrong.isEmpty() || capabilities.size() > MAX_CAPABILITIES) {
      throw new IllegalArgumentException(
          "capabilities " + capabilities + ": at most 64, each 1-64 characters without blanks");
    }
  }

  private static void checkLabels(Map<String, String> labels) {
    boolean fits =
        labels.size() <= MAX_LABELS
            && labels.entrySet().stream()
                .allMatch(
                    label ->
                        !label.getKey().isEmpty()
                            && label.getKey().length() <= MAX_LABEL_KEY_CHARS
                            && label.getValue().length() <= MAX_LABEL_VALUE_CHARS);
    if (!fits) {
      throw new IllegalArgumentException(
          "labels " + labels + ": at most 32, keys 1-64 and values up to 256 characters");
    }
  }
}
