package io.reefmesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.reefmesh.balancer.HealthRules;
import io.reefmesh.balancer.Strategy;
import io.reefmesh.config.Settings;
import io.reefmesh.config.SettingsException;
import io.reefmesh.gateway.engine.RetentionRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GatewayConfigTest {

  @Test
  void shouldUseTheseDefaultsWhenNothingIsSet() {
    GatewayConfig config = read(Map.of());

    assertThat(config)
        .isEqualTo(
            new GatewayConfig(
                "host-1.example",
                "127.0.0.1",
                7420,
                7421,
                Path.of("./data"),
                GatewayConfig.StoreKind.SQLITE,
                Strategy.LEAST_CONNECTIONS,
                Duration.ofSeconds(5),
                ImmutableMap.of(),
                new GatewayConfig.Queue(
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(5),
                    0,
                    1,
                    ImmutableMap.of(),
                    ImmutableMap.of()),
                new GatewayConfig.Nodes(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(10),
                    20_000,
                    500,
                    100),
                new GatewayConfig.Health(new HealthRules(60_000, 5, 3, 50, 5_000, 300_000), 3),
                new GatewayConfig.Limits(
                    1_048_576,
                    1_000_000,
                    0,
                    0,
                    134_217_728,
                    1_048_576,
                    268_435_456,
                    10_000,
                    1_000,
                    1_000),
                new GatewayConfig.Timeouts(
                    Duration.ofHours(1),
                    Duration.ofHours(1),
                    Duration.ofHours(24),
                    Duration.ofDays(7),
                    Duration.ofHours(24),
                    Duration.ofDays(30),
                    Duration.ofHours(24),
                    Duration.ofHours(24)),
                new RetentionRules(Duration.ofDays(7), 1_000_000),
                new GatewayConfig.Log("info", Optional.empty())));
  }

  @Test
  void shouldReadEveryKeyWhenAllAreSet() {
    Map<String, String> flags =
        Map.ofEntries(
            Map.entry("id", "gw-7"),
            Map.entry("bind", "0.0.0.0"),
            Map.entry("port", "0"),
            Map.entry("http-port", "-1"),
            Map.entry("data-dir", "/var/lib/reefmesh"),
            Map.entry("store", "memory"),
            Map.entry("strategy", "consistent-hash"),
            Map.entry("drain-timeout", "0s"),
            Map.entry("capabilities", "speech=gpu whisper,ocr=cpu"),
            Map.entry("queue.ageing-step", "30s"),
            Map.entry("queue.affinity-wait", "1s"),
            Map.entry("queue.project-cap", "50"),
            Map.entry("queue.key-cap", "2"),
            Map.entry("queue.weights", "bots=3,batch=1"),
            Map.entry("queue.project-caps", "batch=10,free=0"),
            Map.entry("node.beat", "10s"),
            Map.entry("node.silent-after", "30s"),
            Map.entry("node.grace", "1m"),
            Map.entry("node.max-links", "5"),
            Map.entry("node.max-beats-per-second", "6"),
            Map.entry("node.watchers", "7"),
            Map.entry("node.circuit.window", "8s"),
            Map.entry("node.circuit.attempts", "9"),
            Map.entry("node.circuit.tasks", "8"),
            Map.entry("node.circuit.failure-percent", "70"),
            Map.entry("node.circuit.open", "6s"),
            Map.entry("node.circuit.max-open", "7s"),
            Map.entry("node.poison-after", "2"),
            Map.entry("limits.payload", "16MiB"),
            Map.entry("limits.queue", "7"),
            Map.entry("limits.queue-per-project", "6"),
            Map.entry("limits.request-ids", "5"),
            Map.entry("limits.payload-memory", "3KiB"),
            Map.entry("limits.output-per-task", "2KiB"),
            Map.entry("limits.output-total", "4KiB"),
            Map.entry("limits.watchers", "8"),
            Map.entry("limits.watchers-per-task", "6"),
            Map.entry("limits.list-page", "9"),
            Map.entry("timeouts.queue", "2s"),
            Map.entry("timeouts.run", "3s"),
            Map.entry("timeouts.total", "4s"),
            Map.entry("timeouts.max-queue", "5s"),
            Map.entry("timeouts.max-run", "6s"),
            Map.entry("timeouts.max-total", "7s"),
            Map.entry("timeouts.max-no-progress", "8s"),
            Map.entry("timeouts.max-grace", "9s"),
            Map.entry("retention.age", "1h"),
            Map.entry("retention.count", "1000"),
            Map.entry("log.level", "debug"),
            Map.entry("log.dir", "/var/log/reefmesh"));

    GatewayConfig config = read(flags);

    assertThat(config)
        .isEqualTo(
            new GatewayConfig(
                "gw-7",
                "0.0.0.0",
                0,
                GatewayConfig.HTTP_OFF,
                Path.of("/var/lib/reefmesh"),
                GatewayConfig.StoreKind.MEMORY,
                Strategy.CONSISTENT_HASH,
                Duration.ZERO,
                ImmutableMap.of(
                    "speech", ImmutableSortedSet.of("gpu", "whisper"),
                    "ocr", ImmutableSortedSet.of("cpu")),
                new GatewayConfig.Queue(
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(1),
                    50,
                    2,
                    ImmutableMap.of("bots", 3, "batch", 1),
                    ImmutableMap.of("batch", 10, "free", 0)),
                new GatewayConfig.Nodes(
                    Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(1), 5, 6, 7),
                new GatewayConfig.Health(new HealthRules(8_000, 9, 8, 70, 6_000, 7_000), 2),
                new GatewayConfig.Limits(16_777_216, 7, 6, 5, 3_072, 2_048, 4_096, 8, 6, 9),
                new GatewayConfig.Timeouts(
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(4),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(6),
                    Duration.ofSeconds(7),
                    Duration.ofSeconds(8),
                    Duration.ofSeconds(9)),
                new RetentionRules(Duration.ofHours(1), 1_000),
                new GatewayConfig.Log("debug", Optional.of(Path.of("/var/log/reefmesh")))));
  }

  @Test
  void shouldReadNestedKeysWhenAFileSetsThem(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("gateway.yaml");
    Files.writeString(
        file,
        """
        store: memory
        node:
          grace: 30s
        capabilities:
          agent-turn: llm tools
        """);

    GatewayConfig config =
        GatewayConfig.from(Settings.read(file, Map.of("LOG_LEVEL", "warn"), Map.of()), () -> "h");

    assertThat(config.store()).isEqualTo(GatewayConfig.StoreKind.MEMORY);
    assertThat(config.nodes().grace()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.capabilities())
        .containsExactly(Map.entry("agent-turn", ImmutableSortedSet.of("llm", "tools")));
    assertThat(config.log().level()).isEqualTo("warn");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port            | 65536     | port is \"65536\" (--port): it must be a whole number from 0 to 65535",
        "http-port       | -2        | a whole number from -1 to 65535",
        "http-port       | 7420      | http-port is \"7420\": it must be another port than port, or -1 for none",
        "bind            | ' '       | bind is \"\": it must be an address of this machine",
        "id              | a b       | id is \"a b\": it must be 1-64 characters",
        "data-dir        | ' '       | data-dir is \"\": it must be the path of a folder",
        "store           | redis     | one of sqlite, memory",
        "strategy        | random    | one of round-robin, least-connections, least-load, weighted, consistent-hash",
        "capabilities    | a b=c     | capabilities is \"a b\": it must be task types",
        "queue.ageing-step | 0s      | a duration from 1s to 24h",
        "queue.weights   | a=0       | queue.weights.a is \"0\": it must be a whole number, 1 to 1000",
        "queue.weights   | a=1001    | queue.weights.a is \"1001\": it must be a whole number, 1 to 1000",
        "queue.project-caps | a=many | queue.project-caps.a is \"many\": it must be a whole number, 0 to 1000000",
        "queue.key-cap   | 0         | a whole number from 1 to 1000000",
        "node.silent-after | 5s      | node.silent-after is \"5s\": it must be longer than node.beat, which is 5s",
        "node.max-links  | 0         | a whole number from 1 to 1000000",
        "limits.payload  | 17MiB     | a size from 1024 to 16777216 bytes",
        "limits.output-per-task | 300MiB | at most limits.output-total, which is 268435456 bytes",
        "limits.list-page | 1001     | a whole number from 1 to 1000",
        "timeouts.run    | 25h       | timeouts.run is \"90000s\": it must be at most timeouts.max-run, which is 86400s",
        "timeouts.max-total | 1h     | timeouts.total is \"86400s\": it must be at most timeouts.max-total, which is 3600s",
        "log.level       | loud      | one of trace, debug, info, warn, error",
        "node.gracee     | 1s        | did you mean node.grace?",
      })
  void shouldNameKeyValueAndWhatIsAllowedWhenAValueIsWrong(
      String key, String value, String message) {
    assertThatThrownBy(() -> read(Map.of(key, value)))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldMakeAnIdOfTheHostNameWhenItHoldsOtherCharacters() {
    assertThat(GatewayConfig.from(settings(Map.of()), () -> "Büro PC").id()).isEqualTo("b-ro-pc");
    assertThat(GatewayConfig.from(settings(Map.of()), () -> "").id()).isEqualTo("gateway");
    assertThat(GatewayConfig.from(settings(Map.of()), () -> "x".repeat(99)).id()).hasSize(64);
  }

  private static GatewayConfig read(Map<String, String> flags) {
    return GatewayConfig.from(settings(flags), () -> "Host-1.example");
  }

  private static Settings settings(Map<String, String> flags) {
    return Settings.read(null, Map.of(), flags);
  }
}
