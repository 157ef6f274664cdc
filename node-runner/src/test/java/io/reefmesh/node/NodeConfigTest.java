package io.reefmesh.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.config.Settings;
import io.reefmesh.config.SettingsException;
import io.reefmesh.v1.NodeType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NodeConfigTest {

  @TempDir Path folder;

  private static NodeConfig fromFlags(Map<String, String> flags) {
    Settings settings = Settings.read(null, Map.of(), flags);
    NodeConfig config = NodeConfig.from(settings);
    settings.finish();
    return config;
  }

  @Test
  void shouldHaveDefaultsForEverything() {
    NodeConfig config = fromFlags(Map.of());

    assertThat(config.gateway()).isEqualTo("127.0.0.1:7420");
    assertThat(config.id()).matches("[A-Za-z0-9._-]{1,64}");
    assertThat(config.type()).isEqualTo(NodeType.NODE_TYPE_AGENT);
    assertThat(config.slots())
        .isEqualTo(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
    assertThat(config.weight()).isZero();
    assertThat(config.capabilities()).isEmpty();
    assertThat(config.labels()).isEmpty();
    assertThat(config.keepsSessionState()).isFalse();
    assertThat(config.stopTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.healthBind()).isEqualTo("127.0.0.1");
    assertThat(config.healthPort()).isEmpty();
    assertThat(config.healthHttpPort()).isEmpty();
  }

  @Test
  void shouldReadAFile() throws IOException {
    Path file = folder.resolve("node.yaml");
    Files.writeString(
        file,
        """
        gateway: mesh.example:7420
        id: attic
        type: channel
        slots: 3
        weight: 7
        capabilities: [gpu, llm]
        labels:
          zone: home
        keeps-session-state: true
        stop:
          timeout: 90s
        health:
          bind: 0.0.0.0
          port: 0
          http-port: 8080
        """);
    Settings settings = Settings.read(file, Map.of(), Map.of());
    NodeConfig config = NodeConfig.from(settings);
    settings.finish();

    assertThat(config)
        .isEqualTo(
            new NodeConfig(
                "mesh.example:7420",
                "attic",
                NodeType.NODE_TYPE_CHANNEL,
                3,
                7,
                List.of("gpu", "llm"),
                Map.of("zone", "home"),
                true,
                Duration.ofSeconds(90),
                "0.0.0.0",
                OptionalInt.of(0),
                OptionalInt.of(8080)));
  }

  @ParameterizedTest
  @CsvSource({
    "id, a b, node id",
    "gateway, http://x, cannot be read",
    "slots, 10001, 0 to 10000",
    "weight, 1001, 0 to 1000",
    "type, robot, one of agent",
    "stop.timeout, 2d, duration",
    "health.port, 70000, 0 to 65535",
    "health.http-port, yes, whole number",
    "capabilities, a b, without blanks"
  })
  void shouldRefuseBadValuesNamingThem(String key, String value, String said) {
    assertThatThrownBy(() -> fromFlags(Map.of(key, value)))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(said)
        .hasMessageContaining(value);
  }

  @ParameterizedTest
  @CsvSource({"my laptop.local, my-laptop.local", "ünïcode, n-code", "'', node", "---, node"})
  void shouldMakeANodeIdOfAnyHostName(String name, String id) {
    assertThat(HostName.sanitize(name)).isEqualTo(id);
  }

  @Test
  void shouldTurnHealthOffWhenToldSo() {
    assertThat(fromFlags(Map.of("health.port", "off")).healthPort()).isEmpty();
    assertThat(fromFlags(Map.of("health.port", "-1")).healthPort()).isEmpty();
  }
}
