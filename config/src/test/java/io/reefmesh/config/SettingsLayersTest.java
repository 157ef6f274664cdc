package io.reefmesh.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of several layers wins. */
final class SettingsLayersTest {

  @TempDir private Path folder;

  private Settings read(String yaml, Map<String, String> environment, Map<String, String> flags) {
    return Settings.read(YamlFixture.write(folder, yaml), environment, flags);
  }

  @Test
  void shouldTakeTheFallbackWhenNoLayerNamesTheKey() {
    // given
    Settings settings = Settings.read(null, Map.of("PATH", "/bin"), Map.of());
    // when, then
    assertThat(settings.text("name", "reef")).isEqualTo("reef");
    assertThat(settings.integer("port", 7420, 0, 65_535)).isEqualTo(7420);
    assertThat(settings.list("allow", List.of("a"))).containsExactly("a");
    assertThat(settings.map("labels", Map.of("a", "b"))).containsExactly(Map.entry("a", "b"));
    settings.finish();
  }

  @Test
  void shouldLetTheEnvironmentWinOverTheFileAndFlagsOverBothWhenAllNameTheKey() {
    // given
    String yaml = "node: {grace: 1, beat: 1, lease: 1}";
    Settings settings =
        read(
            yaml,
            Map.of("REEFMESH_NODE_BEAT", "2", "REEFMESH_NODE_LEASE", "2"),
            Map.of("node.lease", "3"));
    // when, then
    assertThat(settings.integer("node.grace", 0, 0, 9)).isEqualTo(1);
    assertThat(settings.integer("node.beat", 0, 0, 9)).isEqualTo(2);
    assertThat(settings.integer("node.lease", 0, 0, 9)).isEqualTo(3);
    settings.finish();
  }

  @Test
  void shouldReplaceListsOfTheFileAsAWholeWhenAStrongerLayerNamesThem() {
    // given
    String yaml =
        """
        one: [a, b]
        two: [a, b]
        three: [a, b]
        four: a,b
        """;
    Settings settings =
        read(
            yaml,
            Map.of("REEFMESH_TWO", "c", "REEFMESH_THREE", "c", "REEFMESH_FOUR", ""),
            Map.of("three", "d, e"));
    // when, then
    assertThat(settings.list("one", List.of())).containsExactly("a", "b");
    assertThat(settings.list("two", List.of())).containsExactly("c");
    assertThat(settings.list("three", List.of())).containsExactly("d", "e");
    assertThat(settings.list("four", List.of("x"))).isEmpty();
    settings.finish();
  }

  @Test
  void shouldReplaceMappingsOfTheFileAsAWholeWhenAStrongerLayerNamesThem() {
    // given
    String yaml =
        """
        one: {zone: a, disk: ssd}
        two: {zone: a, disk: ssd}
        three:
          zone: a
        """;
    Settings settings =
        read(
            yaml,
            Map.of("REEFMESH_TWO", "zone=b", "REEFMESH_THREE", "zone=b"),
            Map.of("three", "zone=c,gpu=yes"));
    // when, then
    assertThat(settings.map("one", Map.of()))
        .containsExactly(Map.entry("zone", "a"), Map.entry("disk", "ssd"));
    assertThat(settings.map("two", Map.of())).containsExactly(Map.entry("zone", "b"));
    assertThat(settings.map("three", Map.of()))
        .containsExactly(Map.entry("zone", "c"), Map.entry("gpu", "yes"));
    settings.finish();
  }

  @Test
  void shouldTakeTheCommonLogVariablesOnlyWhenOursAreNotThere() {
    // given
    Map<String, String> common = Map.of("LOG_LEVEL", "debug", "LOG_DIR", "/var/log");
    Map<String, String> both =
        Map.of("LOG_LEVEL", "debug", "REEFMESH_LOG_LEVEL", "warn", "LOG_DIR", " ");
    String yaml = "log: {level: error, dir: /tmp}";
    // when, then
    assertThat(read(yaml, common, Map.of()).text("log.level", "")).isEqualTo("debug");
    assertThat(read(yaml, common, Map.of()).text("log.dir", "")).isEqualTo("/var/log");
    assertThat(read(yaml, both, Map.of()).text("log.level", "")).isEqualTo("warn");
    assertThat(read(yaml, both, Map.of()).text("log.dir", "")).isEqualTo("/tmp");
    assertThat(read(yaml, both, Map.of("log.level", "info")).text("log.level", ""))
        .isEqualTo("info");
  }

  @Test
  void shouldNameTheVariableThatWasSetWhenACommonOneIsWrong() {
    // given
    Settings settings = Settings.read(null, Map.of("LOG_LEVEL", "loud"), Map.of());
    // when, then
    assertThatThrownBy(() -> settings.choice("log.level", "info", "info", "debug"))
        .isInstanceOf(SettingsException.class)
        .hasMessage("log.level is \"loud\" (LOG_LEVEL): it must be one of info, debug");
  }

  @Test
  void shouldNotRefuseTheCommonLogVariablesWhenNobodyAsksForThem() {
    Settings.read(null, Map.of("LOG_LEVEL", "trace", "LOG_DIR", "/x"), Map.of()).finish();
  }
}
