package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.config.Settings;
import io.reefmesh.config.SettingsException;
import io.reefmesh.node.TaskHandler;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HandlerSettingsTest {

  private static final String CANARY = "sk-canary-0b0b";

  @TempDir private Path folder = Path.of(".");

  @Test
  void shouldOfferOnlyPingWhenNothingIsConfigured() {
    HandlerSettings settings = read(Map.of(), Map.of());

    assertThat(settings.tool().allow()).isEmpty();
    assertThat(settings.tool().timeout()).isEqualTo(Duration.ofMinutes(10));
    assertThat(settings.tool().outputLimitBytes()).isEqualTo(1 << 20);
    assertThat(settings.tool().workingDirectory()).isEqualTo(Path.of("").toAbsolutePath());
    assertThat(settings.commands().byType()).isEmpty();
    assertThat(settings.commands().outputLimitBytes()).isEqualTo(1 << 20);
    assertThat(settings.agent().baseUrl()).isNull();
    assertThat(settings.agent().timeout()).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.agent().outputLimitBytes()).isEqualTo(1 << 20);
    assertThat(types(settings)).containsExactly("ping");
  }

  @Test
  void shouldReadAFileAndKnowAllOfItsKeys() throws Exception {
    // given
    Path file =
        Files.writeString(
            folder.resolve("node.yaml"),
            """
            tool:
              allow: [sha256sum, /bin/cat]
              timeout: 30s
              output-limit: 64KiB
              working-dir: %s
            handlers:
              shout: tr 'a-z' 'A-Z'
            handler:
              output-limit: 2MiB
              environment: [MODEL_FOLDER]
            agent:
              base-url: http://127.0.0.1:11434/v1/
              model: tiny
              timeout: 45s
              output-limit: 4KiB
              prices:
                gpt-4.1: 2/8
                "llama3:8b*": 0/0
            """
                .formatted(folder));
    Settings source = Settings.read(file, Map.of(), Map.of());

    // when
    HandlerSettings settings = HandlerSettings.from(source, Map.of("MODEL_FOLDER", "/m"));
    source.finish();

    // then
    assertThat(settings.tool().allow()).containsExactly("sha256sum", "/bin/cat");
    assertThat(settings.tool().timeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.tool().outputLimitBytes()).isEqualTo(64 << 10);
    assertThat(settings.tool().workingDirectory()).isEqualTo(folder);
    assertThat(settings.commands().byType())
        .isEqualTo(Map.of("shout", List.of("tr", "a-z", "A-Z")));
    assertThat(settings.commands().outputLimitBytes()).isEqualTo(2 << 20);
    assertThat(settings.commands().environment()).hasToString("[MODEL_FOLDER, PATH]");
    assertThat(settings.agent().baseUrl()).isEqualTo(URI.create("http://127.0.0.1:11434/v1"));
    assertThat(settings.agent().model()).isEqualTo("tiny");
    assertThat(settings.agent().timeout()).isEqualTo(Duration.ofSeconds(45));
    assertThat(settings.agent().outputLimitBytes()).isEqualTo(4 << 10);
    assertThat(settings.agent().prices().costMicros("gpt-4.1", "", 1, 1)).isEqualTo(10);
    assertThat(types(settings))
        .containsExactlyInAnyOrder("ping", "tool-execution", "agent-turn", "shout");
  }

  @Test
  void shouldTakeTheUsualVariablesWhenTheSettingsAreSilent() {
    Map<String, String> environment =
        Map.of(
            "OPENAI_BASE_URL", "https://models.example/v1",
            "OPENAI_API_KEY", CANARY + "\n",
            "OPENAI_MODEL", "m");

    HandlerSettings settings = read(Map.of(), environment);

    assertThat(settings.agent().baseUrl()).isEqualTo(URI.create("https://models.example/v1"));
    assertThat(settings.agent().apiKey().reveal()).isEqualTo(CANARY);
    assertThat(settings.agent().model()).isEqualTo("m");
  }

  @Test
  void shouldPreferTheSettingsToTheUsualVariables() {
    HandlerSettings settings =
        read(
            Map.of("agent.base-url", "http://a", "agent.api-key", "k", "agent.model", "n"),
            Map.of("OPENAI_BASE_URL", "http://b", "OPENAI_API_KEY", "l", "OPENAI_MODEL", "m"));

    assertThat(settings.agent().baseUrl()).isEqualTo(URI.create("http://a"));
    assertThat(settings.agent().apiKey().reveal()).isEqualTo("k");
    assertThat(settings.agent().model()).isEqualTo("n");
  }

  @Test
  void shouldTakeTheVariablesOfTheConfiguredApi() {
    HandlerSettings settings =
        read(
            Map.of("agent.api", "anthropic", "agent.prices", "claude-3*=3/15,claude-4.1=15/75"),
            Map.of(
                "OPENAI_BASE_URL",
                "http://b",
                "OPENAI_API_KEY",
                "l",
                "OPENAI_MODEL",
                "m",
                "ANTHROPIC_BASE_URL",
                "https://api.anthropic.com/",
                "ANTHROPIC_API_KEY",
                CANARY,
                "ANTHROPIC_MODEL",
                "claude"));

    assertThat(settings.agent().api()).isEqualTo(EndpointSettings.Api.ANTHROPIC);
    assertThat(settings.agent().baseUrl()).isEqualTo(URI.create("https://api.anthropic.com"));
    assertThat(settings.agent().apiKey().reveal()).isEqualTo(CANARY);
    assertThat(settings.agent().model()).isEqualTo("claude");
    assertThat(settings.agent().prices().costMicros("claude-4.1", "", 1, 1)).isEqualTo(90);
  }

  @Test
  void shouldOfferWhatTheNamedModelsCanDoAtTheEndpointOfTheAgent() {
    HandlerSettings settings =
        read(
            Map.of(
                "agent.base-url", "http://a/v1",
                "agent.api-key", CANARY,
                "vision.model", "eye",
                "speech.model", "ear",
                "memory.model", "sense",
                "memory.dir", folder.toString()),
            Map.of());

    assertThat(List.of(settings.vision(), settings.speech(), settings.memory().embeddings()))
        .allSatisfy(
            endpoint -> {
              assertThat(endpoint.baseUrl()).isEqualTo(URI.create("http://a/v1"));
              assertThat(endpoint.apiKey().reveal()).isEqualTo(CANARY);
            })
        .extracting(EndpointSettings::model)
        .containsExactly("eye", "ear", "sense");
    assertThat(settings.memory().maxEntries()).isEqualTo(20_000);
    assertThat(types(settings))
        .containsExactlyInAnyOrder(
            "ping",
            "agent-turn",
            "image-analysis",
            "speech-transcription",
            "memory-store",
            "memory-search");
  }

  @Test
  void shouldGiveTheKeyOfTheAgentToNoOtherHost() {
    HandlerSettings settings =
        read(
            Map.of(
                "agent.base-url", "http://a/v1",
                "agent.api-key", CANARY,
                "vision.base-url", "http://b/v1",
                "speech.base-url", "http://c/v1",
                "speech.api-key", "own"),
            Map.of());

    assertThat(settings.vision().apiKey().isEmpty()).isTrue();
    assertThat(settings.speech().apiKey().reveal()).isEqualTo("own");
    assertThat(types(settings))
        .containsExactlyInAnyOrder("ping", "agent-turn", "image-analysis", "speech-transcription");
  }

  @Test
  void shouldRefuseATranscriptionModelWhenTheOnlyEndpointHasNone() {
    Map<String, String> flags =
        Map.of("agent.api", "anthropic", "agent.base-url", "http://a", "speech.model", "ear");

    assertThatThrownBy(() -> read(flags, Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("speech.model needs an OpenAI-compatible endpoint");
  }

  @Test
  void shouldOfferToolsOnlyWhenTheyAreSwitchedOn() {
    HandlerSettings settings =
        read(
            Map.of(
                "files.root", folder.toString(),
                "web.base-url", "http://search",
                "code.languages", "python"),
            Map.of());

    assertThat(types(settings))
        .containsExactlyInAnyOrder("ping", "file-tools", "web-search", "code-exec");
    assertThat(settings.files().write()).isFalse();
    assertThat(settings.code().bubblewrap()).isTrue();
  }

  @Test
  void shouldNeverPrintASecret() {
    HandlerSettings settings =
        read(
            Map.of("handler.environment", "TOKEN"),
            Map.of("OPENAI_API_KEY", CANARY, "TOKEN", CANARY));

    assertThat(settings.toString()).doesNotContain(CANARY).contains("***").contains("TOKEN");
  }

  @Test
  void shouldTakeCommandsWithCommasFromFlags() {
    HandlerSettings settings =
        read(Map.of("handlers", "a=cat,b=tr"), Map.of())
            .withCommands(Map.of("b", "resize --sizes 1,2", "c", "wc"));

    assertThat(settings.commands().byType())
        .isEqualTo(
            Map.of(
                "a", List.of("cat"),
                "b", List.of("resize", "--sizes", "1,2"),
                "c", List.of("wc")));
  }

  @Test
  void shouldLetACommandTakeThePlaceOfABuiltInHandler() {
    HandlerSettings settings =
        read(Map.of("handlers", "agent-turn=cat", "agent.base-url", "http://a"), Map.of());

    List<TaskHandler> handlers = StandardHandlers.from(settings);

    assertThat(handlers).hasSize(2).hasAtLeastOneElementOfType(ExecHandler.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "agent.base-url   | ftp://h                  | agent.base-url must be an address",
        "agent.base-url   | localhost:11434          | agent.base-url must be an address",
        "agent.base-url   | http://u:canary@h/v1     | must hold no user",
        "agent.base-url   | http://h/v1?key=canary   | must hold no user, query",
        "agent.base-url   | http://h h/canary        | is not a valid address",
        "agent.api-key    | sk canary                | was it copied whole?",
        "vision.model     | eye                      | vision.model has no endpoint",
        "vision.base-url  | ftp://h                  | vision.base-url must be an address",
        "speech.api-key   | sk canary                | speech.api-key holds a blank",
        "memory.base-url  | http://h                 | name the model that makes embeddings",
        "memory.max-entries | 0                      | a whole number from 1 to",
        "files.root       | /no/such/folder          | must be an existing folder",
        "code.languages   | perl                     | it may have python and javascript",
        "code.sandbox     | none                     | one of bubblewrap, limits",
        "agent.api        | cohere                   | one of openai, anthropic",
        "agent.prices     | m=cheap                  | such as 0.15/0.6",
        "agent.timeout    | 0s                       | a duration from 100ms to 1h",
        "tool.timeout     | 2d                       | a duration from 1s to 24h",
        "tool.output-limit| 1GiB                     | a size from 1024 to",
        "tool.working-dir | /no/such/folder          | must be an existing folder",
        "handlers         | shout=tr 'a              | the command has a ' that is not closed",
        "handlers         | shout=                   | the command names no program",
      })
  void shouldRefuseWhatIsWrong(String key, String value, String complaint) {
    assertThatThrownBy(() -> read(Map.of(key, value), Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(complaint)
        .hasMessageNotContaining("canary");
  }

  @Test
  void shouldAnswerAPing() throws Exception {
    TaskHandler ping = StandardHandlers.from(read(Map.of(), Map.of())).get(0);

    assertThat(ping.handle(RecordingContext.text("ping", "x")).payload().toStringUtf8())
        .isEqualTo("{\"pong\":true,\"node_id\":\"node \\\"7\\\"\"}");
  }

  private static List<String> types(HandlerSettings settings) {
    return StandardHandlers.from(settings).stream().map(TaskHandler::type).toList();
  }

  private static HandlerSettings read(Map<String, String> flags, Map<String, String> environment) {
    return HandlerSettings.from(Settings.read(null, environment, flags), environment);
  }
}
