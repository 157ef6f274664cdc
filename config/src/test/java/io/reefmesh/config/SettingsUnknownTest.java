package io.reefmesh.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused at the end because nobody asked for it. */
final class SettingsUnknownTest {

  @TempDir private Path folder;

  private static void ask(Settings settings) {
    settings.integer("port", 1, 0, 99_999);
    settings.text("node.silent-after", "");
    settings.list("tool.allow", List.of());
    settings.map("labels", Map.of());
  }

  private static Settings asked(Map<String, String> environment, Map<String, String> flags) {
    Settings settings = Settings.read(null, environment, flags);
    ask(settings);
    return settings;
  }

  private Settings asked(String yaml) {
    Settings settings = Settings.read(YamlFixture.write(folder, yaml), Map.of(), Map.of());
    ask(settings);
    return settings;
  }

  private static void assertRefused(Settings settings, String... parts) {
    assertThatThrownBy(settings::finish)
        .isInstanceOf(SettingsException.class)
        .hasMessageContainingAll(parts)
        .hasMessageEndingWith("Known are: labels, node.silent-after, port, tool.allow");
  }

  @Test
  void shouldNameKeyPlaceAndNearestWhenTheFileHoldsAnUnknownKey() {
    assertRefused(
        asked("port: 1\nnode:\n  silent_after: 1s\n"),
        "unknown setting node.silent_after (",
        "reefmesh.yaml line 3): did you mean node.silent-after?");
    assertRefused(asked("prot: 1"), "unknown setting prot", "did you mean port?");
    assertRefused(asked("prot:"), "unknown setting prot");
    assertRefused(asked("tool: {alow: [a]}"), "tool.alow", "did you mean tool.allow?");
    assertRefused(asked("tools: {}"), "unknown setting tools");
    assertRefused(asked("port: {min: 1}"), "unknown setting port.min");
    assertRefused(asked("tool: {allow: [a], deny: {a: {b: 1}}}"), "tool.deny.a.b");
  }

  @Test
  void shouldNameVariableAndNearestWhenTheEnvironmentHoldsAnUnknownOne() {
    assertRefused(
        asked(Map.of("REEFMESH_NODE_SILENT_AFTR", "1s"), Map.of()),
        "unknown setting REEFMESH_NODE_SILENT_AFTR (environment):"
            + " did you mean REEFMESH_NODE_SILENT_AFTER?");
    assertRefused(asked(Map.of("REEFMESH_LABELS_ZONE", "eu"), Map.of()), "REEFMESH_LABELS_ZONE");
    assertRefused(asked(Map.of("REEFMESH_", "eu"), Map.of()), "unknown setting REEFMESH_ (");
    assertRefused(asked(Map.of("REEFMESH_port", "1"), Map.of()), "REEFMESH_port");
  }

  @Test
  void shouldNameFlagAndNearestWhenAFlagIsUnknown() {
    assertRefused(
        asked(Map.of(), Map.of("tool.alow", "a")),
        "unknown setting tool.alow (--tool.alow): did you mean tool.allow?");
    assertRefused(asked(Map.of(), Map.of("labels.zone", "a")), "labels.zone");
  }

  @Test
  void shouldSuggestNothingWhenNothingIsNear() {
    assertThatThrownBy(asked(Map.of(), Map.of("xyzzyxyzzy", "a"))::finish)
        .hasMessageContaining("unknown setting xyzzyxyzzy (--xyzzyxyzzy)")
        .hasMessageNotContaining("did you mean");
    assertThatThrownBy(Settings.read(null, Map.of(), Map.of("a", "b"))::finish)
        .hasMessageContaining("unknown setting a");
  }

  @Test
  void shouldNameAllWhenSeveralAreUnknownInSeveralLayers() {
    // given
    Settings settings =
        Settings.read(
            YamlFixture.write(folder, "one: 1\ntwo: 2\n"),
            Map.of("REEFMESH_THREE", "3"),
            Map.of("four", "4"));
    ask(settings);
    // when, then
    assertRefused(settings, "setting one", "setting two", "setting REEFMESH_THREE", "setting four");
  }

  @Test
  void shouldTellTheFirstAndCountTheRestWhenVeryManyAreUnknown() {
    // given
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < 9_000; i++) {
      yaml.append("k").append(i).append(": {}\n");
    }
    // when, then
    assertRefused(asked(yaml.toString()), "setting k0 (", "setting k19 (", "and 8980 more");
  }

  @Test
  void shouldShortenAKeyWhenItIsVeryLong() {
    assertThatThrownBy(asked(Map.of(), Map.of("k".repeat(50_000), "v"))::finish)
        .hasMessageContaining("unknown setting " + "k".repeat(200) + "... (--")
        .satisfies(e -> assertThat(String.valueOf(e.getMessage())).hasSizeLessThan(1_000));
  }

  @Test
  void shouldAcceptVariablesThatAreNoSettingsWhenStartedByANodeOrTheLauncher() {
    // given
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("REEFMESH_TASK_ID", "0abc");
    environment.put("REEFMESH_ATTEMPT", "2");
    environment.put("REEFMESH_TASK_TYPE", "build");
    environment.put("REEFMESH_SESSION_ID", "s");
    environment.put("REEFMESH_JAVA", "/usr/bin/java");
    environment.put("REEFMESH_JAVA_OPTS", "-Xmx1g");
    environment.put("REEFMESH_JAR", "/opt/reefmesh.jar");
    environment.put("REEF", "x");
    environment.put("reefmesh_port", "x");
    // when, then
    asked(environment, Map.of()).finish();
  }

  @Test
  void shouldRefuseAKeyOfOursWhenItsVariableHasAnotherMeaning() {
    Settings settings = Settings.read(null, Map.of("REEFMESH_TASK_ID", "0abc"), Map.of());
    assertThatThrownBy(() -> settings.text("task.id", ""))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("REEFMESH_TASK_ID");
  }

  @Test
  void shouldRefuseTwoKeysWhenTheyWouldShareAVariable() {
    // given
    Settings settings = Settings.read(null, Map.of("REEFMESH_HTTP_PORT", "1"), Map.of());
    settings.integer("http-port", 0, 0, 9);
    // when, then
    assertThatThrownBy(() -> settings.integer("http.port", 0, 0, 9))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("http-port", "http.port", "REEFMESH_HTTP_PORT");
    assertThatThrownBy(() -> settings.alsoKnown("http.port"))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> settings.list("HTTP-PORT", List.of()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldAcceptVariablesOfTheOtherProcessWhenTheyAreKnown() {
    // given: one environment file for gateway and node
    Map<String, String> environment =
        Map.of("REEFMESH_PORT", "1", "REEFMESH_DATA_DIR", "/data", "REEFMESH_STORE", "memory");
    Settings settings = asked(environment, Map.of());
    // when
    settings.alsoKnown("data-dir", "port");
    // then
    assertRefused(settings, "unknown setting REEFMESH_STORE");
    settings.alsoKnown("store");
    settings.finish();
  }

  @Test
  void shouldRefuseKeysOfTheOtherProcessWhenTheyStandInTheFileOrAreFlags() {
    // given
    Settings file = asked("data-dir: /data");
    Settings flags = asked(Map.of(), Map.of("data-dir", "/data"));
    // when
    file.alsoKnown("data-dir");
    flags.alsoKnown("data-dir");
    // then
    assertRefused(file, "unknown setting data-dir");
    assertRefused(flags, "unknown setting data-dir");
  }

  @Test
  void shouldAcceptWhatKubernetesTellsOfServicesWhenTheirNamesBeginLikeOurs() {
    // given: a service "reefmesh", and a service "reefmesh-gateway"
    Map<String, String> environment = new LinkedHashMap<>();
    for (String service : List.of("REEFMESH", "REEFMESH_GATEWAY")) {
      environment.put(service + "_SERVICE_HOST", "10.0.0.1");
      environment.put(service + "_SERVICE_PORT", "7420");
      environment.put(service + "_SERVICE_PORT_GRPC", "7420");
      environment.put(service + "_PORT", "tcp://10.0.0.1:7420");
      environment.put(service + "_PORT_7420_TCP", "tcp://10.0.0.1:7420");
      environment.put(service + "_PORT_7420_TCP_PROTO", "tcp");
      environment.put(service + "_PORT_7420_TCP_PORT", "7420");
      environment.put(service + "_PORT_7420_TCP_ADDR", "10.0.0.1");
    }
    // when
    Settings settings = asked(environment, Map.of());
    // then: also what would be the variable of a setting
    assertThat(settings.integer("port", 5, 0, 9)).isEqualTo(5);
    settings.finish();
  }

  @Test
  void shouldStillTakeOurOwnVariablesWhenAServiceIsTold() {
    // given
    Map<String, String> environment =
        Map.of(
            "REEFMESH_SERVICE_HOST", "10.0.0.1",
            "REEFMESH_SERVICE_PORT", "7420",
            "REEFMESH_PORT", "7",
            "REEFMESH_PORTS", "x");
    Settings settings = asked(environment, Map.of());
    // when, then
    assertThat(settings.integer("port", 5, 0, 9)).isEqualTo(7);
    assertRefused(settings, "unknown setting REEFMESH_PORTS");
  }

  @Test
  void shouldRefuseWhatLooksLikeAServiceWhenThereIsNone() {
    assertRefused(
        asked(
            Map.of("REEFMESH_X_PORT_80_TCP", "tcp://x", "REEFMESH_X_SERVICE_HOST", "x"), Map.of()),
        "REEFMESH_X_PORT_80_TCP",
        "REEFMESH_X_SERVICE_HOST");
    assertThatThrownBy(
            () -> asked(Map.of("REEFMESH_PORT", "tcp://10.0.0.1:7420"), Map.of()).finish())
        .hasMessageContaining("tcp://10.0.0.1:7420");
  }
}
