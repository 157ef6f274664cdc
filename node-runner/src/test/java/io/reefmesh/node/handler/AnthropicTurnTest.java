package io.reefmesh.node.handler;

import static io.reefmesh.node.handler.ScriptedEndpoint.status;
import static io.reefmesh.node.handler.ScriptedEndpoint.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.handler.EndpointSettings.Api;
import io.reefmesh.v1.Usage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class AnthropicTurnTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CANARY = "sk-ant-canary-31f0";
  private static final String START =
      event(
          "message_start",
          "\"message\":{\"model\":\"tiny-opus\",\"usage\":{\"input_tokens\":5,"
              + "\"cache_read_input_tokens\":2,\"cache_creation_input_tokens\":1,"
              + "\"output_tokens\":1}}");
  private static final String END =
      event("content_block_stop", "\"index\":0")
          + event(
              "message_delta",
              "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}")
          + event("message_stop", "\"x\":0");

  private final ScriptedEndpoint endpoint;

  AnthropicTurnTest() throws Exception {
    endpoint = new ScriptedEndpoint();
  }

  @BeforeEach
  void listOneModel() {
    endpoint.models("claude-tiny");
  }

  @AfterEach
  void stopEndpoint() {
    endpoint.close();
  }

  @Test
  void shouldStreamTheAnswerAndCountTokens() throws Exception {
    // given
    endpoint.on(
        "messages", stream(START + event("ping", "\"x\":0") + text("Hel") + text("lo") + END));
    RecordingContext context = prompt();

    // when
    TaskOutput output = started("").handle(context);

    // then
    assertThat(output.payload().toStringUtf8())
        .isEqualTo("{\"response\":\"Hello\",\"model\":\"tiny-opus\",\"finish_reason\":\"stop\"}");
    assertThat(context.texts()).containsExactly("Hel", "lo");
    assertThat(output.usage())
        .isEqualTo(
            Usage.newBuilder()
                .setInputTokens(8)
                .setOutputTokens(3)
                .setCostMicros(8 * 2 + 3 * 10)
                .setModel("tiny-opus")
                .setDuration(com.google.protobuf.Duration.getDefaultInstance())
                .build());
  }

  @Test
  void shouldSendWhatTheEndpointExpects() throws Exception {
    // given
    endpoint.on("messages", stream(START + text("ok") + END));
    String payload =
        "{\"system\":\"Be brief.\",\"temperature\":0.2,\"messages\":["
            + "{\"role\":\"developer\",\"content\":[{\"type\":\"text\",\"text\":\"No lists.\"}]},"
            + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What?\"},"
            + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,QUJD\"}},"
            + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/a.png\"}}]}]}";
    RecordingContext context =
        RecordingContext.json("agent-turn", payload)
            .inSession("s", "user", "Hello", "assistant", "Hi!");

    // when
    started("claude-x").handle(context);

    // then
    ScriptedEndpoint.Call call = endpoint.calls("messages").get(0);
    assertThat(JSON.readTree(call.body()))
        .isEqualTo(
            JSON.readTree(
                "{\"model\":\"claude-x\",\"max_tokens\":4096,"
                    + "\"system\":\"Be brief.\\n\\nNo lists.\",\"messages\":["
                    + "{\"role\":\"user\",\"content\":\"Hello\"},"
                    + "{\"role\":\"assistant\",\"content\":\"Hi!\"},"
                    + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What?\"},"
                    + "{\"type\":\"image\",\"source\":{\"type\":\"base64\","
                    + "\"media_type\":\"image/png\",\"data\":\"QUJD\"}},"
                    + "{\"type\":\"image\",\"source\":{\"type\":\"url\","
                    + "\"url\":\"https://h/a.png\"}}]}],"
                    + "\"stream\":true,\"temperature\":0.2}"));
    assertThat(call.headers())
        .containsEntry("x-api-key", CANARY)
        .containsEntry("anthropic-version", "2023-06-01")
        .doesNotContainKey("authorization");
  }

  @Test
  void shouldAskBelowTheVersionWhenTheAddressHasNone() throws Exception {
    endpoint.on("messages", stream(START + text("ok") + END));
    URI bare = URI.create(endpoint.baseUrl().toString().replace("/v1", ""));
    ModelHandler handler = handler(bare, "", Endpoints.PATIENCE);

    handler.start();
    handler.handle(prompt());

    JsonNode asked = JSON.readTree(endpoint.calls("messages").get(0).body());
    assertThat(asked.path("model").asText()).isEqualTo("claude-tiny");
  }

  @Test
  void shouldTakeAnAnswerInOnePieceWhenTheServerDoesNotStream() throws Exception {
    endpoint.on(
        "messages",
        status(
            200,
            "{\"type\":\"message\",\"model\":\"tiny-2\",\"content\":[{\"type\":\"text\","
                + "\"text\":\"whole\"}],\"stop_reason\":\"max_tokens\","
                + "\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}"));

    TaskOutput output = started("m").handle(prompt());

    assertThat(output.payload().toStringUtf8())
        .isEqualTo("{\"response\":\"whole\",\"model\":\"tiny-2\",\"finish_reason\":\"length\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | MODEL_AUTH    | false",
        "400 | MODEL_REFUSED | false",
        "404 | MODEL_REFUSED | false",
        "500 | MODEL_ERROR   | true",
      })
  void shouldTellRefusalFromTrouble(int status, String code, boolean retryable) throws Exception {
    endpoint.on("messages", status(status, error("some_error", "key " + CANARY + " is odd")));

    TaskFailedException failure = failure(started("m"));

    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.retryable()).isEqualTo(retryable);
    assertThat(failure).hasMessageContaining("HTTP " + status).hasMessageNotContaining(CANARY);
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503, 529})
  void shouldHandTheTypeBackWhenThereIsNoRoom(int status) throws Exception {
    endpoint.on(
        "messages", status(status, error("overloaded_error", "Overloaded"), "Retry-After", "9"));

    Throwable thrown = RunningAttempt.begin(started("m"), prompt()).failure();

    assertThat(thrown).isInstanceOf(TaskRefusedException.class).hasMessageContaining("Overloaded");
    TaskRefusedException refusal = (TaskRefusedException) thrown;
    assertThat(refusal.scope()).isEqualTo(TaskRefusedException.Scope.TYPE);
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void shouldHandBackWhenItsStreamBeginsWithOverload() throws Exception {
    endpoint.on(
        "messages", stream("event: error\ndata: " + error("overloaded_error", "Full") + "\n\n"));

    Throwable thrown = RunningAttempt.begin(started("m"), prompt()).failure();

    assertThat(thrown).isInstanceOf(TaskRefusedException.class).hasMessageContaining("Full");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"no\"}}\n\n",
        "data: {broken\n\n",
        "data: [DONE]\n\n",
        "",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
      })
  void shouldFailRetryablyWhenTheStreamIsBroken(String rest) throws Exception {
    endpoint.on("messages", stream(START + text("half") + rest));

    TaskFailedException failure = failure(started("m"));

    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure.retryable()).isTrue();
  }

  @Test
  void shouldFailRetryablyWhenTheEndpointHangsInTheMiddle() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    endpoint.on("messages", halfThen(over));
    ModelHandler handler = handler(endpoint.baseUrl(), "m", Duration.ofMillis(300));

    TaskFailedException failure = failure(handler);

    over.countDown();
    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure).hasMessageContaining("did not answer in time");
  }

  @Test
  void shouldFailWhenALineHasTenMegabytes() throws Exception {
    endpoint.on("messages", stream("data: {\"type\":\"" + "x".repeat(10_000_000) + "\"}\n\n"));

    TaskFailedException failure = failure(started("m"));

    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure).hasMessageContaining("larger than 1048576 bytes");
  }

  @Test
  void shouldCloseTheCallWhenCancelled() throws Exception {
    // given
    CountDownLatch closed = new CountDownLatch(1);
    RecordingContext context = prompt();
    ModelHandler handler = handler(endpoint.baseUrl(), "m", Endpoints.PATIENCE);
    endpoint.on(
        "messages",
        exchange -> {
          OutputStream out = ScriptedEndpoint.begin(exchange);
          out.write((START + text("half")).getBytes(StandardCharsets.UTF_8));
          out.flush();
          try {
            while (true) {
              out.write(": still here\n".getBytes(StandardCharsets.UTF_8));
              out.flush();
            }
          } catch (IOException e) {
            closed.countDown();
            throw e;
          }
        });
    RunningAttempt attempt = RunningAttempt.begin(handler, context);
    context.awaitOutput(OutputStreamKind.TEXT, "half"::equals);

    // when
    context.cancel();

    // then
    assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void shouldRefuseAPayloadWithAToolMessage() throws Exception {
    RecordingContext context =
        RecordingContext.json(
            "agent-turn", "{\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]}");

    assertThatThrownBy(() -> started("m").handle(context))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("role tool");
    assertThat(endpoint.calls("messages")).isEmpty();
  }

  @Test
  void shouldNotOfferItselfWhenTheKeyIsRefused() {
    endpoint.on("models", status(401, error("authentication_error", "bad " + CANARY)));

    assertThatThrownBy(() -> started(""))
        .isInstanceOf(HandlerUnavailableException.class)
        .hasMessageContaining("agent.api-key or ANTHROPIC_API_KEY")
        .hasMessageNotContaining(CANARY);
  }

  private static ScriptedEndpoint.Step halfThen(CountDownLatch over) {
    return exchange -> {
      OutputStream out = ScriptedEndpoint.begin(exchange);
      out.write((START + text("half")).getBytes(StandardCharsets.UTF_8));
      out.flush();
      try {
        if (!over.await(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("waited in vain");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  private ModelHandler started(String model) throws HandlerUnavailableException {
    ModelHandler handler = handler(endpoint.baseUrl(), model, Endpoints.PATIENCE);
    handler.start();
    return handler;
  }

  private static ModelHandler handler(URI url, String model, Duration silence) {
    return ModelHandler.agentTurn(
        Endpoints.of(Api.ANTHROPIC, url, Secret.of(CANARY), model, silence),
        url,
        Endpoints.PATIENCE,
        () -> 0);
  }

  private static TaskFailedException failure(ModelHandler handler) throws Exception {
    Throwable failure = RunningAttempt.begin(handler, prompt()).failure();
    assertThat(failure).isInstanceOf(TaskFailedException.class);
    return (TaskFailedException) failure;
  }

  private static RecordingContext prompt() {
    return RecordingContext.json("agent-turn", "{\"prompt\":\"Hi\"}");
  }

  private static String text(String text) {
    return event(
        "content_block_delta",
        "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + text + "\"}");
  }

  private static String event(String type, String fields) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + fields + "}\n\n";
  }

  private static String error(String type, String message) {
    return "{\"type\":\"error\",\"error\":{\"type\":\""
        + type
        + "\",\"message\":\""
        + message
        + "\"}}";
  }
}
