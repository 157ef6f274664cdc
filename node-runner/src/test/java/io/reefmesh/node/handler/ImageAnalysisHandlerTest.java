package io.reefmesh.node.handler;

import static io.reefmesh.node.handler.ScriptedEndpoint.delta;
import static io.reefmesh.node.handler.ScriptedEndpoint.end;
import static io.reefmesh.node.handler.ScriptedEndpoint.status;
import static io.reefmesh.node.handler.ScriptedEndpoint.stream;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class ImageAnalysisHandlerTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n', 1, 2};
  private static final String PNG_BASE64 = Base64.getEncoder().encodeToString(PNG);
  private static final String PNG_URL = "data:image/png;base64," + PNG_BASE64;

  private final ScriptedEndpoint endpoint;

  ImageAnalysisHandlerTest() throws Exception {
    endpoint = new ScriptedEndpoint();
    endpoint.models("tiny-eye");
    endpoint.chat(stream(delta("a ") + delta("reef") + end()));
  }

  @AfterEach
  void stopEndpoint() {
    endpoint.close();
  }

  @ParameterizedTest
  @CsvSource({"image/png", "application/octet-stream", "IMAGE/PNG; name=a"})
  void shouldAskAboutThePictureItself(String contentType) throws Exception {
    RecordingContext context =
        new RecordingContext("image-analysis", contentType, ByteString.copyFrom(PNG));

    TaskOutput output = handler().handle(context);

    assertThat(output.payload().toStringUtf8())
        .isEqualTo("{\"response\":\"a reef\",\"model\":\"tiny-1\",\"finish_reason\":\"stop\"}");
    assertThat(context.texts()).containsExactly("a ", "reef");
    assertThat(output.usage()).isNotNull();
    assertThat(asked())
        .isEqualTo(
            JSON.readTree(
                "[{\"role\":\"user\",\"content\":["
                    + "{\"type\":\"text\",\"text\":\"Describe this image.\"},"
                    + "{\"type\":\"image_url\",\"image_url\":{\"url\":\""
                    + PNG_URL
                    + "\"}}]}]"));
  }

  @Test
  void shouldTakeSeveralPicturesInAnyForm() throws Exception {
    String payload =
        "{\"prompt\":\"Which?\",\"system\":\"Be brief.\",\"model\":\"eye\",\"max_tokens\":9,"
            + "\"images\":[\""
            + PNG_BASE64
            + "\",\"data:image/jpeg;base64,QUJD\",\"https://h/a.webp\"]}";

    handler().handle(RecordingContext.json("image-analysis", payload));

    JsonNode body = JSON.readTree(endpoint.calls("chat/completions").get(0).body());
    assertThat(body.path("model").asText()).isEqualTo("eye");
    assertThat(body.path("max_tokens").asInt()).isEqualTo(9);
    assertThat(asked().path(0).path("content").asText()).isEqualTo("Be brief.");
    JsonNode parts = asked().path(1).path("content");
    assertThat(parts.path(0).path("text").asText()).isEqualTo("Which?");
    assertThat(parts.findValuesAsText("url"))
        .containsExactly(PNG_URL, "data:image/jpeg;base64,QUJD", "https://h/a.webp");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "application/json | {}                                    | exactly one of image and images",
        "application/json | {\"image\":\"QUJD\"}                  | image: it must be a picture",
        "application/json | {\"image\":\"file:///etc/passwd\"}    | image: it must be a picture",
        "application/json | {\"images\":[\"data:text/html,x\"]}   | images[0]: it must be a picture",
        "application/json | {\"images\":[]}                       | 1 to 8 pictures",
        "application/json | {\"image\":\"http://h\",\"a\":1}      | unknown field a",
        "image/png        | ``                                    | is empty",
        "text/plain       | hello                                 | is not valid JSON",
      })
  void shouldRefuseWhatIsNoPicture(String contentType, String payload, String complaint)
      throws Exception {
    Throwable thrown =
        RunningAttempt.begin(
                handler(),
                new RecordingContext(
                    "image-analysis", contentType, ByteString.copyFromUtf8(payload)))
            .failure();

    assertThat(thrown).isInstanceOf(TaskFailedException.class).hasMessageContaining(complaint);
    assertThat(((TaskFailedException) thrown).code()).isEqualTo("INVALID_PAYLOAD");
    assertThat(endpoint.calls("chat/completions")).isEmpty();
  }

  @Test
  void shouldHandTheTypeBackWhenThereIsNoRoom() throws Exception {
    endpoint.chat(status(429, "{}", "Retry-After", "3"));

    Throwable thrown =
        RunningAttempt.begin(
                handler(),
                new RecordingContext("image-analysis", "image/png", ByteString.copyFrom(PNG)))
            .failure();

    assertThat(thrown).isInstanceOf(TaskRefusedException.class);
  }

  private ModelHandler handler() throws Exception {
    ModelHandler handler =
        ModelHandler.imageAnalysis(
            Endpoints.openAi(endpoint.baseUrl(), Secret.NONE, ""),
            endpoint.baseUrl(),
            Endpoints.PATIENCE,
            () -> 0);
    handler.start();
    return handler;
  }

  private JsonNode asked() throws Exception {
    return JSON.readTree(endpoint.calls("chat/completions").get(0).body()).path("messages");
  }
}
