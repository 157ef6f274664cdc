package io.reefmesh.node.handler;

import static io.reefmesh.node.handler.ScriptedEndpoint.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.handler.EndpointSettings.Api;
import io.reefmesh.v1.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class SpeechTranscriptionHandlerTest {

  private static final String PATH = "audio/transcriptions";
  private static final String CANARY = "sk-canary-90ab";
  private static final String SOUND = "RIFF--sound--";
  private static final String SOUND_BASE64 =
      Base64.getEncoder().encodeToString(SOUND.getBytes(StandardCharsets.UTF_8));

  private final ScriptedEndpoint endpoint;

  SpeechTranscriptionHandlerTest() throws Exception {
    endpoint = new ScriptedEndpoint();
    endpoint.models("whisper");
    endpoint.on(
        PATH,
        status(
            200,
            "{\"text\":\"Hello, r\u00e9ef.\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":14,"
                + "\"output_tokens\":4}}"));
  }

  @AfterEach
  void stopEndpoint() {
    endpoint.close();
  }

  @Test
  void shouldSendTheRecordingAsAForm() throws Exception {
    // given
    RecordingContext context =
        RecordingContext.json(
            "speech-transcription",
            "{\"audio\":\""
                + SOUND_BASE64
                + "\",\"format\":\"mp3\",\"language\":\"en\",\"prompt\":\"reef\"}");

    // when
    TaskOutput output = handler("tiny-ear").handle(context);

    // then
    assertThat(output.payload().toStringUtf8())
        .isEqualTo("{\"text\":\"Hello, r\u00e9ef.\",\"model\":\"tiny-ear\"}");
    assertThat(output.usage())
        .isEqualTo(
            Usage.newBuilder()
                .setModel("tiny-ear")
                .setInputTokens(14)
                .setOutputTokens(4)
                .setCostMicros(14 * 2 + 4 * 10)
                .setDuration(com.google.protobuf.Duration.getDefaultInstance())
                .build());
    ScriptedEndpoint.Call call = endpoint.calls(PATH).get(0);
    String type = call.headers().getOrDefault("content-type", "");
    String boundary = type.substring(type.indexOf("boundary=") + "boundary=".length());
    assertThat(call.headers()).containsEntry("authorization", "Bearer " + CANARY);
    assertThat(type).startsWith("multipart/form-data; boundary=reefmesh-");
    assertThat(call.body().replace(boundary, "B").replace("\r\n", "\n"))
        .isEqualTo(
            """
            --B
            Content-Disposition: form-data; name="model"

            tiny-ear
            --B
            Content-Disposition: form-data; name="response_format"

            json
            --B
            Content-Disposition: form-data; name="language"

            en
            --B
            Content-Disposition: form-data; name="prompt"

            reef
            --B
            Content-Disposition: form-data; name="file"; filename="audio.mp3"
            Content-Type: application/octet-stream

            RIFF--sound--
            --B--
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "audio/mpeg,            audio.mp3",
    "audio/x-wav; rate=1,   audio.wav",
    "audio/ogg,             audio.ogg",
    "video/webm,            audio.webm",
    "'audio/x\";evil=\"',   audio.wav",
  })
  void shouldTakeTheRecordingItself(String contentType, String fileName) throws Exception {
    handler("")
        .handle(
            new RecordingContext(
                "speech-transcription", contentType, ByteString.copyFromUtf8(SOUND)));

    assertThat(endpoint.calls(PATH).get(0).body())
        .contains("filename=\"" + fileName + "\"")
        .contains("\r\n\r\nwhisper-1\r\n")
        .contains(SOUND);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                               | audio: it must be a recording",
        "{\"audio\":\"%\"}                                | audio: it must be a recording",
        "{\"audio\":\"QUJD\",\"format\":\"a\\\"b\"}       | format: it must be the ending",
        "{\"audio\":\"QUJD\",\"language\":\"en\\r\\nX:\"} | language: it must be a code",
        "{\"audio\":\"QUJD\",\"speed\":2}                 | unknown field speed",
      })
  void shouldRefuseThePayloadWhenItIsNotAsDocumented(String payload, String complaint)
      throws Exception {
    TaskFailedException failure = failure(handler(""), payload);

    assertThat(failure.code()).isEqualTo("INVALID_PAYLOAD");
    assertThat(failure).hasMessageContaining(complaint);
    assertThat(endpoint.calls(PATH)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "200 | nonsense       | MODEL_ERROR   | true  | not JSON",
        "200 | []             | MODEL_ERROR   | true  | not a JSON object",
        "200 | {\"text\":5}   | MODEL_ERROR   | true  | without a text",
        "400 | {\"error\":{\"message\":\"sk-canary-90ab too short\"}} | MODEL_REFUSED | false | *** too",
        "401 | {}             | MODEL_AUTH    | false | check agent.api-key",
        "500 | {}             | MODEL_ERROR   | true  | HTTP 500",
      })
  void shouldTellRefusalFromTrouble(
      int status, String body, String code, boolean retryable, String complaint) throws Exception {
    endpoint.on(PATH, status(status, body));

    TaskFailedException failure = failure(handler(""), "{\"audio\":\"QUJD\"}");

    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.retryable()).isEqualTo(retryable);
    assertThat(failure).hasMessageContaining(complaint).hasMessageNotContaining(CANARY);
  }

  @Test
  void shouldHandTheTypeBackWhenThereIsNoRoom() throws Exception {
    endpoint.on(PATH, status(503, "{}", "Retry-After", "3"));
    SpeechTranscriptionHandler handler = handler("");
    RecordingContext context =
        RecordingContext.json("speech-transcription", "{\"audio\":\"QUJD\"}");

    for (int i = 0; i < 2; i++) {
      Throwable thrown = RunningAttempt.begin(handler, context).failure();
      assertThat(thrown).isInstanceOf(TaskRefusedException.class);
      assertThat(((TaskRefusedException) thrown).scope())
          .isEqualTo(TaskRefusedException.Scope.TYPE);
      assertThat(((TaskRefusedException) thrown).retryAfter()).isEqualTo(Duration.ofSeconds(3));
    }

    assertThat(endpoint.calls(PATH)).hasSize(1);
  }

  @Test
  void shouldStopWhenCancelledWhileTheEndpointThinks() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    endpoint.on(
        PATH,
        exchange -> {
          asked.countDown();
          try {
            if (!over.await(30, TimeUnit.SECONDS)) {
              throw new IllegalStateException("waited in vain");
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    RecordingContext context =
        RecordingContext.json("speech-transcription", "{\"audio\":\"QUJD\"}");
    RunningAttempt attempt = RunningAttempt.begin(handler(""), context);
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

    context.cancel();

    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
    over.countDown();
  }

  private SpeechTranscriptionHandler handler(String model) throws Exception {
    SpeechTranscriptionHandler handler =
        new SpeechTranscriptionHandler(
            Endpoints.of(
                Api.OPENAI, endpoint.baseUrl(), Secret.of(CANARY), model, Endpoints.PATIENCE),
            endpoint.baseUrl(),
            Endpoints.PATIENCE,
            () -> 0);
    handler.start();
    return handler;
  }

  private static TaskFailedException failure(SpeechTranscriptionHandler handler, String payload)
      throws Exception {
    Throwable failure =
        RunningAttempt.begin(handler, RecordingContext.json("speech-transcription", payload))
            .failure();
    assertThat(failure).isInstanceOf(TaskFailedException.class);
    return (TaskFailedException) failure;
  }
}
