package io.reefmesh.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets are never shown in an error. */
final class SettingsSecretsTest {

  private static final String SECRET = "hunter2hunter2";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"agent.api-key", "TOKEN", "auth.token-file", "db.Password", "my-secrets"})
  void shouldMaskTheValueWhenTheKeySoundsSecret(String key) {
    Settings settings = Settings.read(null, Map.of(), Map.of(key, SECRET));
    assertMasked(() -> settings.integer(key, 0, 0, 9), key);
    assertMasked(() -> settings.flag(key, true), key);
    assertMasked(() -> settings.sizeBytes(key, 0, 0, 9), key);
    assertMasked(() -> settings.choice(key, "a", "a", "b"), key);
    assertMasked(() -> settings.map(key, Map.of()), key);
    assertMasked(
        () -> settings.duration(key, Duration.ZERO, Duration.ZERO, Duration.ofDays(1)), key);
  }

  @Test
  void shouldMaskPairsWhenOneOfThemSoundsSecret() {
    // given: the comma is part of the secret
    Settings settings =
        Settings.read(null, Map.of("REEFMESH_ENV", "API_KEY=abc," + SECRET), Map.of());
    // when, then
    assertMasked(() -> settings.map("env", Map.of()), "env");
  }

  @Test
  void shouldShowTheValueWhenTheKeyIsHarmless() {
    Settings settings = Settings.read(null, Map.of(), Map.of("port", "x9"));
    assertThatThrownBy(() -> settings.integer("port", 0, 0, 9)).hasMessageContaining("\"x9\"");
  }

  @Test
  void shouldNotShowTheValueWhenTheKeyIsUnknown() {
    // given
    Settings settings =
        Settings.read(
            YamlFixture.write(folder, "api-kye: " + SECRET),
            Map.of("REEFMESH_API_KYE", SECRET),
            Map.of("api.kye", SECRET));
    // when, then
    assertThatThrownBy(settings::finish)
        .hasMessageContaining("api-kye")
        .hasMessageNotContaining(SECRET);
  }

  @Test
  void shouldNotQuoteTheFileWhenItIsNoYaml() {
    for (String yaml :
        List.of(
            "api-key: \"" + SECRET + "\nport: 1\n",
            "api-key: " + SECRET + ": x\n",
            "api-key: " + SECRET + "\n  port: 1\n",
            "api-key: [" + SECRET + "\n",
            "api-key: @" + SECRET + "\n",
            "api-key: %" + SECRET + "\n",
            "api-key: *" + SECRET + "\n",
            "api-key: &" + SECRET + " *" + SECRET + "\n",
            "api-key: !" + SECRET + " \"\\q\"\n",
            "api-key: !!" + SECRET + " {\n")) {
      assertThatThrownBy(() -> Settings.read(YamlFixture.write(folder, yaml), Map.of(), Map.of()))
          .as(yaml)
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("reefmesh.yaml")
          .hasMessageNotContaining(SECRET)
          .satisfies(e -> assertThat(e.getCause()).isNull());
    }
  }

  private static void assertMasked(Runnable asking, String key) {
    assertThatThrownBy(asking::run)
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(key + " is \"***\" (")
        .hasMessageNotContaining(SECRET);
  }
}
