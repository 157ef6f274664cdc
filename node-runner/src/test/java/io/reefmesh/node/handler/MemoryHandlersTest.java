package io.reefmesh.node.handler;

import static io.reefmesh.node.handler.ScriptedEndpoint.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.v1.Usage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class MemoryHandlersTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LIMIT = 4 << 10;

  @TempDir private Path folder = Path.of(".");

  private final ScriptedEndpoint endpoint;
  private MemoryStoreHandler store = new MemoryStoreHandler(byWords(1));
  private MemorySearchHandler search = new MemorySearchHandler(byWords(1), LIMIT);

  MemoryHandlersTest() throws Exception {
    endpoint = new ScriptedEndpoint();
    endpoint.models("sense");
  }

  @AfterEach
  void close() {
    store.close();
    endpoint.close();
  }

  @Test
  void shouldFindTheEntryThatSharesTheRarestWords() throws Exception {
    // given
    open(byWords(100));
    store("{\"id\":\"a\",\"text\":\"The key of the boat is under the lamp\"}");
    store(
        "{\"id\":\"b\",\"text\":\"The boat leaves on Sunday\",\"metadata\":{\"by\":\"Zo\u00e9\"}}");
    store("{\"id\":\"c\",\"text\":\"Corals grow slowly\"}");

    // when
    JsonNode found = search("{\"query\":\"When does the boat LEAVE? On sunday\"}");

    // then
    assertThat(found.path("by").asText()).isEqualTo("words");
    assertThat(found.findValuesAsText("id")).containsExactly("b", "a");
    assertThat(found.path("results").path(0).path("text").asText())
        .isEqualTo("The boat leaves on Sunday");
    assertThat(found.path("results").path(0).path("metadata").path("by").asText())
        .isEqualTo("Zo\u00e9");
    assertThat(found.path("results").path(0).path("score").asDouble())
        .isGreaterThan(found.path("results").path(1).path("score").asDouble());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\\" OR *",
        "NEAR(a b)",
        "text:coral",
        "-coral AND (",
        "^\u0000coral",
        "c\u00f4ral"
      })
  void shouldTakeTheSyntaxOfTheIndexAsWords(String query) throws Exception {
    open(byWords(100));
    store("{\"text\":\"coral\"}");

    JsonNode found =
        search(JSON.createObjectNode().put("query", query.replace("\\", "")).toString());

    assertThat(found.path("results").size()).isEqualTo(query.contains("ral") ? 1 : 0);
  }

  @Test
  void shouldKeepProjectsAndCollectionsApart() throws Exception {
    open(byWords(100));
    store("{\"text\":\"secret coral\"}");

    assertThat(search("{\"query\":\"coral\",\"collection\":\"other\"}").path("results")).isEmpty();
    TaskOutput other =
        search.handle(
            RecordingContext.json("memory-search", "{\"query\":\"coral\"}").ofProject("p2"));
    assertThat(json(other).path("results")).isEmpty();
    TaskOutput forgotten =
        store.handle(
            RecordingContext.json("memory-store", "{\"id\":\"0123456789abc\",\"forget\":true}")
                .ofProject("p2"));
    assertThat(json(forgotten).path("forgotten").asBoolean()).isFalse();
    assertThat(search("{\"query\":\"coral\"}").path("results")).hasSize(1);
  }

  @Test
  void shouldReplaceWhatAnEarlierAttemptKept() throws Exception {
    open(byWords(1));

    store("{\"text\":\"first words\"}");
    JsonNode stored = store("{\"text\":\"second words\"}");

    assertThat(stored.path("id").asText()).isEqualTo("0123456789abc");
    assertThat(search("{\"query\":\"words\"}").findValuesAsText("text"))
        .containsExactly("second words");
    assertThat(search("{\"query\":\"first\"}").path("results")).isEmpty();
  }

  @Test
  void shouldRememberAfterARestart() throws Exception {
    open(byWords(100));
    store("{\"text\":\"coral\"}");
    store.close();

    open(byWords(100));

    assertThat(search("{\"query\":\"coral\"}").path("results")).hasSize(1);
  }

  @Test
  void shouldForgetOnRequestAndThenHaveRoomAgain() throws Exception {
    // given
    open(byWords(2));
    store("{\"id\":\"a\",\"text\":\"one\"}");
    store("{\"id\":\"b\",\"text\":\"two\"}");

    // when
    TaskFailedException full = failure(store, "{\"id\":\"c\",\"text\":\"three\"}");
    JsonNode forgotten = store("{\"id\":\"a\",\"forget\":true}");
    store("{\"id\":\"c\",\"text\":\"three\"}");

    // then
    assertThat(full.code()).isEqualTo("MEMORY_FULL");
    assertThat(forgotten.path("forgotten").asBoolean()).isTrue();
    assertThat(search("{\"query\":\"one two three\"}").findValuesAsText("id"))
        .containsExactlyInAnyOrder("b", "c");
  }

  @Test
  void shouldFindByMeaningWhenThereAreEmbeddings() throws Exception {
    // given
    endpoint.on(
        "embeddings",
        embedding("[1,0,0]"),
        embedding("[0,2,0]"),
        embedding("[0.6,0.8,0]"),
        embedding("[0,5,0.1]"));
    open(byMeaning("sense"));
    store("{\"id\":\"x\",\"text\":\"a boat\"}");
    store("{\"id\":\"y\",\"text\":\"a fish\"}");
    store("{\"id\":\"z\",\"text\":\"a boat with fish\"}");

    // when
    TaskOutput output =
        search.handle(
            RecordingContext.json("memory-search", "{\"query\":\"sea food\",\"limit\":2}"));

    // then
    JsonNode found = json(output);
    assertThat(found.path("by").asText()).isEqualTo("meaning");
    assertThat(found.findValuesAsText("id")).containsExactly("y", "z");
    assertThat(found.path("results").path(0).path("score").asDouble()).isBetween(0.99, 1.0);
    assertThat(output.usage())
        .isEqualTo(Usage.newBuilder().setModel("sense").setInputTokens(4).build());
    JsonNode asked = JSON.readTree(endpoint.calls("embeddings").get(3).body());
    assertThat(asked)
        .isEqualTo(
            JSON.readTree(
                "{\"model\":\"sense\",\"input\":\"sea food\",\"encoding_format\":\"float\"}"));
  }

  @Test
  void shouldCompareOnlyWhatTheSameModelUnderstood() throws Exception {
    endpoint.on("embeddings", embedding("[1,0]"));
    open(byMeaning("old"));
    store("{\"id\":\"x\",\"text\":\"a boat\"}");
    store.close();

    open(byMeaning("new"));
    store("{\"id\":\"y\",\"text\":\"a boat\"}");

    assertThat(search("{\"query\":\"boat\"}").findValuesAsText("id")).containsExactly("y");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "{}",
        "{\"data\":[{\"embedding\":[]}]}",
        "{\"data\":[{\"embedding\":[\"a\"]}]}",
        "{\"data\":[{\"embedding\":[1e99]}]}",
      })
  void shouldFailRetryablyWhenTheEndpointGivesNoEmbedding(String answer) throws Exception {
    endpoint.on("embeddings", status(200, answer));
    open(byMeaning("sense"));

    TaskFailedException failure = failure(store, "{\"text\":\"a\"}");

    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure.retryable()).isTrue();
  }

  @Test
  void shouldHandTheTypeBackWhenTheEndpointHasNoRoom() throws Exception {
    endpoint.on("embeddings", status(429, "{}"));
    open(byMeaning("sense"));

    Throwable thrown =
        RunningAttempt.begin(store, RecordingContext.text("memory-store", "a")).failure();

    assertThat(thrown).isInstanceOf(TaskRefusedException.class);
  }

  @Test
  void shouldSayThatItLeftOutWhatDoesNotFit() throws Exception {
    open(byWords(100));
    for (int i = 0; i < 5; i++) {
      store("{\"id\":\"" + i + "\",\"text\":\"coral " + "x".repeat(1000) + "\"}");
    }

    JsonNode found = search("{\"query\":\"coral\"}");

    assertThat(found.path("results")).hasSize(3);
    assertThat(found.path("truncated").asBoolean()).isTrue();
    assertThat(found.toString().getBytes(StandardCharsets.UTF_8).length).isLessThan(LIMIT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                      | text: it must have",
        "{\"text\":\" \"}                        | text: it must have",
        "{\"text\":\"a\",\"id\":\"\"}            | id: it must have",
        "{\"text\":\"a\",\"metadata\":[]}        | metadata: it must be an object",
        "{\"forget\":true}                       | forget: it goes with an id",
        "{\"forget\":true,\"id\":\"a\",\"text\":\"b\"} | forget: it goes with an id",
        "{\"text\":\"a\",\"limit\":5}            | unknown field limit",
      })
  void shouldRefuseThePayloadWhenItIsNotAsDocumented(String payload, String complaint)
      throws Exception {
    open(byWords(100));

    TaskFailedException failure = failure(store, payload);

    assertThat(failure.code()).isEqualTo("INVALID_PAYLOAD");
    assertThat(failure).hasMessageContaining(complaint);
  }

  @Test
  void shouldNotBeOfferedWhenTheFolderCannotBeMade() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    MemoryStoreHandler handler =
        new MemoryStoreHandler(
            new Memory(new MemoryIndex(file.resolve("in"), 1), Optional.empty()));

    assertThatThrownBy(handler::start)
        .isInstanceOf(HandlerUnavailableException.class)
        .hasMessageContaining("memory.dir");
  }

  private Memory byWords(int maxEntries) {
    return new Memory(new MemoryIndex(folder.resolve("m"), maxEntries), Optional.empty());
  }

  private Memory byMeaning(String model) {
    Embeddings embeddings =
        new Embeddings(
            Endpoints.openAi(endpoint.baseUrl(), Secret.NONE, model), endpoint.baseUrl(), () -> 0);
    return new Memory(new MemoryIndex(folder.resolve("m"), 100), Optional.of(embeddings));
  }

  private void open(Memory memory) throws HandlerUnavailableException {
    store = new MemoryStoreHandler(memory);
    search = new MemorySearchHandler(memory, LIMIT);
    for (TaskHandler handler : List.of(store, search)) {
      handler.start();
    }
  }

  private JsonNode store(String payload) throws Exception {
    return json(store.handle(RecordingContext.json("memory-store", payload)));
  }

  private JsonNode search(String payload) throws Exception {
    return json(search.handle(RecordingContext.json("memory-search", payload)));
  }

  private static TaskFailedException failure(TaskHandler handler, String payload) throws Exception {
    Throwable failure =
        RunningAttempt.begin(handler, RecordingContext.json(handler.type(), payload)).failure();
    assertThat(failure).isInstanceOf(TaskFailedException.class);
    return (TaskFailedException) failure;
  }

  private static ScriptedEndpoint.Step embedding(String vector) {
    return status(
        200, "{\"data\":[{\"embedding\":" + vector + "}],\"usage\":{\"prompt_tokens\":4}}");
  }

  private static JsonNode json(TaskOutput output) throws Exception {
    return JSON.readTree(output.payload().toByteArray());
  }
}
