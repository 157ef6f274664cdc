package io.reefmesh.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file may look like. */
final class SettingsFileTest {

  @TempDir private Path folder;

  private Settings read(String yaml) {
    return Settings.read(YamlFixture.write(folder, yaml), Map.of(), Map.of());
  }

  private void assertRefused(String yaml, String... parts) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("reefmesh.yaml")
        .hasMessageContainingAll(parts);
  }

  @Test
  void shouldTakeNestedAndDottedKeysAlikeWhenBothAreUsed() {
    // given
    Settings settings =
        read(
            """
            # a comment
            node:
              grace: 5
              link: {beat: 6}
            node.lease: 7
            store.sqlite:
              cache: 8
            """);
    // when, then
    assertThat(settings.integer("node.grace", 0, 0, 9)).isEqualTo(5);
    assertThat(settings.integer("node.link.beat", 0, 0, 9)).isEqualTo(6);
    assertThat(settings.integer("node.lease", 0, 0, 9)).isEqualTo(7);
    assertThat(settings.integer("store.sqlite.cache", 0, 0, 9)).isEqualTo(8);
    settings.finish();
  }

  @Test
  void shouldKeepTextsAsWrittenWhenYamlWouldTakeThemForNumbers() {
    // given
    Settings settings =
        read(
            """
            labels: {version: 1.10, build: 007, commit: 12e5, half: 0.50, on: yes, big: 123456789012345678901}
            ids: [010, 1_000, ~, true]
            name: 1.0
            """);
    // when, then
    assertThat(settings.map("labels", Map.of()))
        .containsExactly(
            Map.entry("version", "1.10"),
            Map.entry("build", "007"),
            Map.entry("commit", "12e5"),
            Map.entry("half", "0.50"),
            Map.entry("on", "yes"),
            Map.entry("big", "123456789012345678901"));
    assertThat(settings.list("ids", List.of())).containsExactly("010", "1_000", "", "true");
    assertThat(settings.text("name", "")).isEqualTo("1.0");
  }

  @Test
  void shouldKeepDotsInEntriesWhenAMappingIsAskedFor() {
    // given
    Settings settings =
        read(
            """
            labels:
              kubernetes.io/os: linux
              empty:
            labels.zone: eu
            """);
    // when, then
    assertThat(settings.map("labels", Map.of()))
        .containsExactly(
            Map.entry("kubernetes.io/os", "linux"),
            Map.entry("empty", ""),
            Map.entry("zone", "eu"));
    settings.finish();
  }

  @Test
  void shouldTakeAnEmptyMappingOrListAsEmptyWhenAskedForOne() {
    // given
    Settings settings = read("labels: {}\nallow: []\n");
    // when, then
    assertThat(settings.map("labels", Map.of("a", "b"))).isEmpty();
    assertThat(settings.list("allow", List.of("a"))).isEmpty();
    settings.finish();
  }

  @Test
  void shouldTakeTheFallbackWhenAKeyStandsWithoutValue() {
    // given
    Settings settings = read("port:\nlabels:\nallow: ~\n");
    // when, then
    assertThat(settings.integer("port", 7, 0, 9)).isEqualTo(7);
    assertThat(settings.map("labels", Map.of("a", "b"))).containsKey("a");
    assertThat(settings.list("allow", List.of("a"))).containsExactly("a");
    settings.finish();
  }

  @Test
  void shouldTakeTheEmptyTextWhenItStandsInQuotes() {
    // given
    Settings settings = read("a: \"\"\nb: ''\nlabels: ''\nallow: \"\"\n");
    // when, then
    assertThat(settings.text("a", "x")).isEmpty();
    assertThat(settings.text("b", "x")).isEmpty();
    assertThat(settings.map("labels", Map.of("a", "b"))).isEmpty();
    assertThat(settings.list("allow", List.of("a"))).isEmpty();
    settings.finish();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# only a comment\n", "---\n", "~", "{}"})
  void shouldBeEmptyWhenTheFileHoldsNothing(String yaml) {
    Settings settings = read(yaml);
    assertThat(settings.text("name", "reef")).isEqualTo("reef");
    settings.finish();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[a, b]", "- a\n- b", "just text", "42"})
  void shouldRefuseAFileWhenItIsNoMapping(String yaml) {
    assertRefused(yaml, "must hold a YAML mapping");
  }

  @Test
  void shouldRefuseAKeyWhenItIsGivenTwice() {
    assertRefused("port: 1\nport: 2\n", "line 2", "port");
    assertRefused("node:\n  grace: 1s\nnode.grace: 2s\n", "line 3", "node.grace", "line 2");
    assertRefused("a: {b: 1, b: 2}", "b");
    assertRefused("labels: {x: 1}\nb: 1\nlabels: {y: 1}\n", "labels");
  }

  @Test
  void shouldNameTheLineWhenTheFileIsNoYaml() {
    assertRefused("port: 1\nname: \"open\n", "not valid YAML", "line");
    assertRefused("a: b: c", "not valid YAML", "line 1");
    assertRefused("a: [1, 2", "not valid YAML");
    assertRefused("\tport: 1", "not valid YAML");
  }

  @Test
  void shouldRefuseWhatWouldBeReadDifferentlyThanItLooks() {
    assertRefused("port: 1\n---\nport: 2\n", "line", "second document");
    assertRefused("a: &x 1\nb: *x\n", "line 2", "alias");
    assertRefused("a: &x [1]\nb: [*x]\n", "line 2", "alias");
  }

  @Test
  void shouldRefuseAFileWhenItIsNestedTooDeeply() {
    assertRefused("a: " + "[".repeat(500) + "]".repeat(500), "not valid YAML");
    assertRefused("a: " + "{a: ".repeat(500) + "}".repeat(500), "not valid YAML");
  }

  @Test
  void shouldRefuseAFileWhenItHasTooManyKeys() {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i <= 10_000; i++) {
      yaml.append("k").append(i).append(": 1\n");
    }
    assertRefused(yaml.toString(), "line 10001", "more than 10000 keys");
  }

  @Test
  void shouldRefuseAFileWhenItIsNotThereOrNoFileOrTooLong() throws IOException {
    Path absent = folder.resolve("absent.yaml");
    assertThatThrownBy(() -> Settings.read(absent, Map.of(), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessage("configuration file " + absent + " does not exist");
    assertThatThrownBy(() -> Settings.read(folder, Map.of(), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessage("configuration file " + folder + " cannot be read: it is a folder");
    Path large = folder.resolve("large.yaml");
    Files.writeString(large, "# " + "x".repeat(1 << 20));
    assertThatThrownBy(() -> Settings.read(large, Map.of(), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("large.yaml is larger than 1 MiB");
  }

  @Test
  void shouldTakeAFileWhenItIsJustNotTooLong() throws IOException {
    Path file = folder.resolve("limit.yaml");
    String end = "\nport: 5\n";
    Files.writeString(file, "#" + "x".repeat((1 << 20) - 1 - end.length()) + end);
    assertThat(Files.size(file)).isEqualTo(1 << 20);
    assertThat(Settings.read(file, Map.of(), Map.of()).integer("port", 0, 0, 9)).isEqualTo(5);
  }

  @Test
  void shouldNameKeyAndLineWhenAValueOfTheFileIsWrong() {
    assertThatThrownBy(() -> read("a: 1\nnode:\n  port: x\n").integer("node.port", 0, 0, 9))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("node.port is \"x\" (")
        .hasMessageContaining("reefmesh.yaml line 3): it must be a whole number from 0 to 9");
  }

  @Test
  void shouldRefuseAnotherShapeThanTheOneAskedFor() {
    assertShape(() -> read("port: [1]").integer("port", 0, 0, 9), "port", "a single value");
    assertShape(() -> read("port: {}").integer("port", 0, 0, 9), "port", "a single value");
    assertShape(() -> read("allow: {a: b}").list("allow", List.of()), "allow", "a list");
    assertShape(
        () -> read("allow: [a, [b]]").list("allow", List.of()), "allow", "a list of plain values");
    assertShape(() -> read("labels: [a]").map("labels", Map.of()), "labels", "a mapping");
    assertShape(
        () -> read("labels: {a: {b: c}}").map("labels", Map.of()),
        "labels",
        "a mapping of plain values");
    assertShape(
        () -> read("labels: {a: [b]}").map("labels", Map.of()),
        "labels",
        "a mapping of plain values");
  }

  private static void assertShape(Runnable asking, String key, String allowed) {
    assertThatThrownBy(asking::run)
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(key + " (")
        .hasMessageContaining("line 1")
        .hasMessageEndingWith("must be " + allowed);
  }
}
