package io.reefmesh.node.handler;

import static io.reefmesh.node.handler.ScriptedEndpoint.delta;
import static io.reefmesh.node.handler.ScriptedEndpoint.end;
import static io.reefmesh.node.handler.ScriptedEndpoint.listing;
import static io.reefmesh.node.handler.ScriptedEndpoint.status;
import static io.reefmesh.node.handler.ScriptedEndpoint.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.handler.EndpointSettings.Api;
import io.reefmesh.v1.Usage;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
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
final class AgentTurnHandlerTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CANARY = "sk-canary-77aa";

  private ScriptedEndpoint endpoint;

  AgentTurnHandlerTest() throws Exception {
    endpoint = new ScriptedEndpoint();
  }

  @BeforeEach
  void listOneModel() {
    endpoint.models("tiny", "huge");
  }

  @AfterEach
  void stopEndpoint() {
    endpoint.close();
  }

  @Test
  void shouldStreamTheAnswerAndCountTokens() throws Exception {
    // given
    endpoint.chat(stream(delta("Hel") + delta("lo ") + delta("é…") + end()));
    RecordingContext context = RecordingContext.json("agent-turn", "{\"prompt\":\"Hi\"}");

    // when
    TaskOutput output = started("").handle(context);

    // then
    assertThat(json(output).toString())
        .isEqualTo("{\"response\":\"Hello é…\",\"model\":\"tiny-1\",\"finish_reason\":\"stop\"}");
    assertThat(context.texts()).containsExactly("Hel", "lo ", "é…");
    assertThat(output.usage())
        .isEqualTo(
            Usage.newBuilder()
                .setInputTokens(7)
                .setOutputTokens(2)
                .setCostMicros(7 * 2 + 2 * 10)
                .setModel("tiny-1")
                .setDuration(com.google.protobuf.Duration.getDefaultInstance())
                .build());
  }

  @Test
  void shouldPassOnEachDeltaBeforeTheNextIsSent() throws Exception {
    // given
    CountDownLatch seen = new CountDownLatch(1);
    endpoint.chat(
        exchange -> {
          OutputStream out = ScriptedEndpoint.begin(exchange);
          out.write(delta("first").getBytes(StandardCharsets.UTF_8));
          out.flush();
          await(seen);
          out.write((delta("second") + end()).getBytes(StandardCharsets.UTF_8));
        });
    RecordingContext context = RecordingContext.text("agent-turn", "Hi");

    // when
    RunningAttempt attempt = RunningAttempt.begin(started(""), context);
    context.awaitOutput(OutputStreamKind.TEXT, "first"::equals);
    seen.countDown();

    // then
    assertThat(json(attempt.result()).path("response").asText()).isEqualTo("firstsecond");
  }

  @Test
  void shouldSendWhatTheEndpointExpects() throws Exception {
    // given
    endpoint.chat(stream(delta("ok") + end()));
    RecordingContext context =
        RecordingContext.json(
                "agent-turn",
                "{\"message\":\"And now?\",\"system\":\"Be brief.\",\"temperature\":0.2,"
                    + "\"max_tokens\":50}")
            .inSession("s-1", "user", "Hello", "assistant", "Hi!");

    // when
    started("").handle(context);

    // then
    ScriptedEndpoint.Call call = endpoint.calls("chat/completions").get(0);
    assertThat(JSON.readTree(call.body()))
        .isEqualTo(
            JSON.readTree(
                "{\"model\":\"tiny\",\"messages\":["
                    + "{\"role\":\"system\",\"content\":\"Be brief.\"},"
                    + "{\"role\":\"user\",\"content\":\"Hello\"},"
                    + "{\"role\":\"assistant\",\"content\":\"Hi!\"},"
                    + "{\"role\":\"user\",\"content\":\"And now?\"}],"
                    + "\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                    + "\"temperature\":0.2,\"max_tokens\":50}"));
    assertThat(call.headers())
        .containsEntry("authorization", "Bearer " + CANARY)
        .containsEntry("content-type", "application/json")
        .containsEntry("traceparent", context.traceparent())
        .doesNotContainKey("upgrade");
  }

  @Test
  void shouldPassMessagesOnAsTheyAre() throws Exception {
    endpoint.chat(stream(delta("ok") + end()));
    String messages =
        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"what?\"}]},"
            + "{\"role\":\"assistant\",\"content\":\"this\",\"name\":\"bo\"}]";

    started("").handle(RecordingContext.json("agent-turn", "{\"messages\":" + messages + "}"));

    assertThat(asked(0).path("messages")).isEqualTo(JSON.readTree(messages));
  }

  @ParameterizedTest
  @CsvSource({"named,configured,named", "'',configured,configured", "'','',tiny"})
  void shouldAskTheNearestModel(String inPayload, String inSettings, String expected)
      throws Exception {
    endpoint.chat(stream(delta("ok") + end()));

    started(inSettings)
        .handle(
            RecordingContext.json(
                "agent-turn", "{\"prompt\":\"Hi\",\"model\":\"" + inPayload + "\"}"));

    assertThat(asked(0).path("model").asText()).isEqualTo(expected);
  }

  @Test
  void shouldListModelsOnceForManyTurns() throws Exception {
    endpoint.chat(stream(delta("ok") + end()));
    ModelHandler handler = started("");

    handler.handle(prompt());
    handler.handle(prompt());

    assertThat(endpoint.calls("models")).hasSize(1);
  }

  @Test
  void shouldUseTheConnectionAgainWhenAnAnswerWasReadToItsEnd() throws Exception {
    endpoint.chat(status(200, delta("ok") + end(), "Content-Type", "text/event-stream"));
    ModelHandler handler = started("");

    handler.handle(prompt());
    handler.handle(prompt());

    assertThat(endpoint.calls("chat/completions"))
        .hasSize(2)
        .extracting(ScriptedEndpoint.Call::fromPort)
        .containsOnly(endpoint.calls("models").get(0).fromPort());
  }

  @Test
  void shouldListModelsAgainWhenTheFirstOneIsGone() throws Exception {
    // given
    endpoint.on("models", listing("old"), listing("new"));
    endpoint.chat(status(404, "{\"error\":\"no model old\"}"), stream(delta("ok") + end()));

    // when
    TaskOutput output = started("").handle(prompt());

    // then
    assertThat(json(output).path("response").asText()).isEqualTo("ok");
    assertThat(asked(1).path("model").asText()).isEqualTo("new");
  }

  @Test
  void shouldAskAgainWithoutTheUsageOptionWhenTheServerDoesNotKnowIt() throws Exception {
    // given
    endpoint.chat(
        status(400, "{\"error\":{\"message\":\"unknown field stream_options\"}}"),
        stream(delta("ok") + end()));
    ModelHandler handler = started("");

    // when
    handler.handle(prompt());
    handler.handle(prompt());

    // then
    assertThat(endpoint.calls("chat/completions")).hasSize(3);
    assertThat(asked(0).has("stream_options")).isTrue();
    assertThat(asked(1).has("stream_options")).isFalse();
    assertThat(asked(2).has("stream_options")).isFalse();
  }

  @Test
  void shouldTakeAnAnswerInOnePieceWhenTheServerDoesNotStream() throws Exception {
    endpoint.chat(
        status(
            200,
            "{\"model\":\"m\",\"choices\":[{\"message\":{\"role\":\"assistant\","
                + "\"content\":\"whole\"},\"finish_reason\":\"length\"}],"
                + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}"));
    RecordingContext context = prompt();

    TaskOutput output = started("").handle(context);

    assertThat(json(output).toString())
        .isEqualTo("{\"response\":\"whole\",\"model\":\"m\",\"finish_reason\":\"length\"}");
    assertThat(context.texts()).containsExactly("whole");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Other line ends, comments, fields of no interest, no blank after the colon.
        """
        : hello\r
        event: x\r
        id: 1\r
        data:{"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]}\r
        \r
        data:[DONE]\r
        \r
        """,
        // One event in two lines of data.
        """
        data: {"choices":[{"delta":{"content":"ok"},
        data: "finish_reason":"stop"}]}

        data: [DONE]

        """,
        // No end mark, but the model said that it is finished.
        "data: {\"choices\":[{\"delta\":{\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}\n\n",
        // The last empty line is missing.
        "data: {\"choices\":[{\"delta\":{\"content\":\"ok\"}}]}\n\ndata: [DONE]",
        // Nulls where others leave a field out.
        "data: {\"choices\":[{\"delta\":{\"content\":null,\"role\":\"assistant\"}}],\"usage\":null,"
            + "\"error\":null}\n\n"
            + "data: {\"choices\":[{\"delta\":{\"content\":\"ok\"}}]}\n\ndata: [DONE]\n\n",
      })
  void shouldReadTheDialectsOfServers(String text) throws Exception {
    endpoint.chat(stream(text));

    TaskOutput output = started("").handle(prompt());

    assertThat(json(output).path("response").asText()).isEqualTo("ok");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | MODEL_AUTH       | false",
        "403 | MODEL_AUTH       | false",
        "400 | MODEL_REFUSED    | false",
        "404 | MODEL_REFUSED    | false",
        "413 | MODEL_REFUSED    | false",
        "307 | MODEL_REFUSED    | false",
        "408 | MODEL_ERROR      | true",
        "500 | MODEL_ERROR      | true",
        "502 | MODEL_ERROR      | true",
        "204 | MODEL_ERROR      | true",
      })
  void shouldTellRefusalFromTrouble(int status, String code, boolean retryable) throws Exception {
    endpoint.chat(
        status(
            status,
            status == 204 ? "" : "{\"error\":{\"message\":\"key " + CANARY + " is odd\"}}",
            "Location",
            "http://example.invalid/"));

    TaskFailedException failure = failure(started("m"), prompt());

    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.retryable()).isEqualTo(retryable);
    assertThat(failure)
        .hasMessageContaining("HTTP " + status)
        .hasMessageContaining(endpoint.baseUrl().toString())
        .hasMessageNotContaining(CANARY);
  }

  @Test
  void shouldQuoteTheEndpointButNotItsPages() throws Exception {
    endpoint.chat(
        status(500, "{\"error\":{\"message\":\"context\\n too long\"}}"),
        status(500, "<html>proxy</html>"));
    ModelHandler handler = started("m");

    assertThat(failure(handler, prompt())).hasMessageEndingWith("HTTP 500: context too long");
    assertThat(failure(handler, prompt())).hasMessageEndingWith("HTTP 500");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "data: {\"choices\":[{\"delta\":{\"content\":\"par\"}}]}~~ | ended its answer before",
        "``                                                        | ended its answer before",
        "data: {broken~~                                           | not JSON",
        "data: 5~~                                                 | not a JSON object",
        "data: {\"error\":{\"message\":\"out of memory\"}}~~       | out of memory",
      })
  void shouldFailRetryablyWhenTheStreamIsBroken(String text, String complaint) throws Exception {
    endpoint.chat(stream(text.replace('~', '\n')));

    TaskFailedException failure = failure(started("m"), prompt());

    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure.retryable()).isTrue();
    assertThat(failure).hasMessageContaining(complaint);
  }

  @Test
  void shouldFailRetryablyWhenTheConnectionBreaksInTheMiddle() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      // given
      Thread serving = serveOnce(server, delta("half"), Socket::close);
      ModelHandler handler = handler(urlOf(server), "m", Duration.ofSeconds(20));

      // when
      TaskFailedException failure = failure(handler, prompt());

      // then
      assertThat(failure.code()).isEqualTo("MODEL_ERROR");
      assertThat(failure.retryable()).isTrue();
      assertThat(failure).hasMessageContaining("broke off");
      serving.join();
    }
  }

  @Test
  void shouldFailRetryablyWhenTheEndpointFallsSilent() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    endpoint.chat(
        exchange -> {
          OutputStream out = ScriptedEndpoint.begin(exchange);
          out.write(delta("half").getBytes(StandardCharsets.UTF_8));
          out.flush();
          await(over);
        });
    ModelHandler handler = handler(endpoint.baseUrl(), "m", Duration.ofMillis(300));

    TaskFailedException failure = failure(handler, prompt());

    over.countDown();
    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure.retryable()).isTrue();
    assertThat(failure).hasMessageContaining("did not answer in time");
  }

  @Test
  void shouldFailRetryablyWhenTheEndpointNeverAnswers() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    endpoint.chat(exchange -> await(over));
    ModelHandler handler = handler(endpoint.baseUrl(), "m", Duration.ofMillis(300));

    TaskFailedException failure = failure(handler, prompt());

    over.countDown();
    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure).hasMessageContaining("did not answer in time");
  }

  @Test
  void shouldFailRetryablyWhenNobodyListens() throws Exception {
    ModelHandler handler = handler(unusedUrl(), "m", Duration.ofSeconds(20));

    TaskFailedException failure = failure(handler, prompt());

    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure.retryable()).isTrue();
    assertThat(failure).hasMessageContaining("cannot be reached");
  }

  @Test
  void shouldCloseTheConnectionAtOnceWhenCancelledInTheMiddle() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      // given
      CountDownLatch closed = new CountDownLatch(1);
      Thread serving = serveOnce(server, delta("half"), socket -> awaitClose(socket, closed));
      RecordingContext context = prompt();
      RunningAttempt attempt =
          RunningAttempt.begin(handler(urlOf(server), "m", Duration.ofMinutes(5)), context);
      context.awaitOutput(OutputStreamKind.TEXT, "half"::equals);

      // when
      context.cancel();

      // then
      assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
      serving.join();
    }
  }

  @Test
  void shouldCloseTheConnectionAtOnceWhenCancelledBeforeTheFirstWord() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      // given
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch closed = new CountDownLatch(1);
      Thread serving =
          begin(
              () -> {
                try (Socket socket = server.accept()) {
                  readHead(socket);
                  asked.countDown();
                  awaitClose(socket, closed);
                }
              });
      RecordingContext context = prompt();
      RunningAttempt attempt =
          RunningAttempt.begin(handler(urlOf(server), "m", Duration.ofMinutes(5)), context);
      await(asked);

      // when
      context.cancel();

      // then
      assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
      serving.join();
    }
  }

  @Test
  void shouldStopWhenTheThreadIsInterrupted() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    endpoint.chat(
        exchange -> {
          OutputStream out = ScriptedEndpoint.begin(exchange);
          out.write(delta("half").getBytes(StandardCharsets.UTF_8));
          out.flush();
          await(over);
        });
    RecordingContext context = prompt();
    RunningAttempt attempt = RunningAttempt.begin(started("m"), context);
    context.awaitOutput(OutputStreamKind.TEXT, "half"::equals);

    attempt.interrupt();

    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
    over.countDown();
  }

  @Test
  void shouldFailForGoodWhenTheAnswerIsTooLarge() throws Exception {
    endpoint.chat(stream(delta("x".repeat(Endpoints.LIMIT / 2)).repeat(3) + end()));

    TaskFailedException failure = failure(started("m"), prompt());

    assertThat(failure.code()).isEqualTo("OUTPUT_TOO_LARGE");
    assertThat(failure.retryable()).isFalse();
  }

  @Test
  void shouldFailWhenALineNeverEnds() throws Exception {
    endpoint.chat(
        exchange -> {
          OutputStream out = ScriptedEndpoint.begin(exchange);
          byte[] block = "x".repeat(64 << 10).getBytes(StandardCharsets.UTF_8);
          for (int i = 0; i < 1000; i++) {
            out.write(block);
          }
        });

    TaskFailedException failure = failure(started("m"), prompt());

    assertThat(failure.code()).isEqualTo("MODEL_ERROR");
    assertThat(failure).hasMessageContaining("larger than 1048576 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "application/json         | {\"prompt\":\"a\",\"top_p\":1}          | unknown field top_p",
        "application/json         | {\"prompt\":\"a\",\"message\":\"b\"}    | exactly one of",
        "application/json         | {\"system\":\"a\"}                      | exactly one of",
        "application/json         | {\"prompt\":\" \"}                      | prompt: it must not be",
        "application/json         | {\"prompt\":7}                          | prompt: it must be a str",
        "application/json         | {\"messages\":[]}                       | at least one message",
        "application/json         | {\"messages\":[{\"role\":\"x\"}]}       | messages[0].role",
        "application/json         | {\"messages\":[{\"role\":\"user\"}]}    | messages[0].content",
        "application/json         | {\"messages\":[{\"a\":1}]}              | unknown field a",
        "application/json         | {\"messages\":[\"hi\"]}                 | messages[0]: it must be",
        "application/json         | {\"prompt\":\"a\",\"temperature\":\"w\"}| temperature: it must be a n",
        "application/json         | {\"prompt\":\"a\",\"max_tokens\":0}     | max_tokens: it must be a wh",
        "application/json         | [1]                                     | exactly one of",
        "application/json         | hello                                   | is not valid JSON",
        "text/plain               | ``                                      | plain text",
        "application/octet-stream | ``                                      | plain text",
      })
  void shouldRefuseThePayloadWhenItIsNotAsDocumented(
      String contentType, String payload, String complaint) throws Exception {
    RecordingContext context =
        new RecordingContext("agent-turn", contentType, ByteString.copyFromUtf8(payload));

    TaskFailedException failure = failure(started("m"), context);

    assertThat(failure.code()).isEqualTo("INVALID_PAYLOAD");
    assertThat(failure.retryable()).isFalse();
    assertThat(failure).hasMessageContaining(complaint);
    assertThat(endpoint.calls("chat/completions")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/plain; charset=utf-8 | {\"prompt\":\"a\"} | {\"prompt\":\"a\"}",
        "application/json          | \"hello\"          | hello",
        "application/octet-stream  | hello              | hello",
        "application/octet-stream  | {\"prompt\":\"a\"} | a",
      })
  void shouldTakeTextAsOneMessage(String contentType, String payload, String content)
      throws Exception {
    endpoint.chat(stream(delta("ok") + end()));

    started("m")
        .handle(new RecordingContext("agent-turn", contentType, ByteString.copyFromUtf8(payload)));

    assertThat(asked(0).path("messages").path(0).path("content").asText()).isEqualTo(content);
  }

  @Test
  void shouldNotOfferItselfWhenNobodyListens() throws Exception {
    ModelHandler handler = handler(unusedUrl(), "", Duration.ofSeconds(20));

    assertThatThrownBy(handler::start)
        .isInstanceOf(HandlerUnavailableException.class)
        .hasMessageContaining("cannot be reached: is it running?");
  }

  @Test
  void shouldNotOfferItselfWhenTheKeyIsRefused() throws Exception {
    endpoint.on("models", status(401, "{\"error\":{\"message\":\"bad key " + CANARY + "\"}}"));

    for (String model : List.of("", "m")) {
      ModelHandler handler = handler(endpoint.baseUrl(), model, Duration.ofSeconds(20));
      assertThatThrownBy(handler::start)
          .isInstanceOf(HandlerUnavailableException.class)
          .hasMessageContaining("does not accept this node's key")
          .hasMessageNotContaining(CANARY);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"data\":[]}", "{}", "[]", "{\"data\":[{\"id\":\"\"}]}", "nonsense"})
  void shouldNotOfferItselfWhenNoModelIsListed(String list) {
    endpoint.on("models", status(200, list));

    ModelHandler handler = handler(endpoint.baseUrl(), "", Duration.ofSeconds(20));

    assertThatThrownBy(handler::start).isInstanceOf(HandlerUnavailableException.class);
  }

  @Test
  void shouldOfferItselfWithoutAListWhenAModelIsConfigured() throws Exception {
    endpoint.on("models", status(404, "{}"));

    ModelHandler handler = started("m");

    assertThat(handler.capabilities()).containsExactly("llm");
  }

  @Test
  void shouldStartLaterWhenTheEndpointHasComeUp() throws Exception {
    endpoint.on("models", status(503, "{}"), listing("late"));
    endpoint.chat(stream(delta("ok") + end()));
    ModelHandler handler = handler(endpoint.baseUrl(), "", Duration.ofSeconds(20));
    assertThatThrownBy(handler::start).isInstanceOf(HandlerUnavailableException.class);

    handler.start();
    handler.handle(prompt());

    assertThat(asked(0).path("model").asText()).isEqualTo("late");
  }

  private ModelHandler started(String model) throws HandlerUnavailableException {
    ModelHandler handler = handler(endpoint.baseUrl(), model, Duration.ofSeconds(20));
    handler.start();
    return handler;
  }

  private static ModelHandler handler(URI url, String model, Duration silence) {
    return ModelHandler.agentTurn(
        Endpoints.of(Api.OPENAI, url, Secret.of(CANARY), model, silence),
        url,
        Endpoints.PATIENCE,
        () -> 0);
  }

  private JsonNode asked(int call) throws Exception {
    return JSON.readTree(endpoint.calls("chat/completions").get(call).body());
  }

  private static RecordingContext prompt() {
    return RecordingContext.json("agent-turn", "{\"prompt\":\"Hi\"}");
  }

  private static JsonNode json(TaskOutput output) throws Exception {
    assertThat(output.contentType()).isEqualTo("application/json");
    return JSON.readTree(output.payload().toByteArray());
  }

  private static TaskFailedException failure(ModelHandler handler, RecordingContext context)
      throws Exception {
    Throwable failure = RunningAttempt.begin(handler, context).failure();
    assertThat(failure).isInstanceOf(TaskFailedException.class);
    return (TaskFailedException) failure;
  }

  private static URI urlOf(ServerSocket server) {
    return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/v1");
  }

  private static URI unusedUrl() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return urlOf(server);
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private interface SocketWork {
    void run(Socket socket) throws Exception;
  }

  /** Answers one call with a stream whose head and first text are sent; then it is up to work. */
  private static Thread serveOnce(ServerSocket server, String text, SocketWork work) {
    return begin(
        () -> {
          try (Socket socket = server.accept()) {
            readHead(socket);
            String head =
                """
                HTTP/1.1 200 OK\r
                Content-Type: text/event-stream\r
                Transfer-Encoding: chunked\r
                \r
                """;
            String chunk = Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
            socket.getOutputStream().write((head + chunk).getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            work.run(socket);
          }
        });
  }

  private static Thread begin(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Reads one call, head and body. */
  private static void readHead(Socket socket) throws Exception {
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.read());
    }
    String lower = head.toString().toLowerCase(java.util.Locale.ROOT);
    int at = lower.indexOf("content-length:") + "content-length:".length();
    int length = Integer.parseInt(lower.substring(at, lower.indexOf("\r\n", at)).strip());
    in.readNBytes(length);
  }

  private static void awaitClose(Socket socket, CountDownLatch closed) {
    try {
      if (socket.getInputStream().read() < 0) {
        closed.countDown();
      }
    } catch (java.io.IOException e) {
      closed.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("waited in vain");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
