package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ToolResultTest {

  private static final int LIMIT = 2000;

  /** Characters that JSON writes in 1, 2, 3, 4 and 6 bytes. */
  @ParameterizedTest
  @ValueSource(strings = {"a", "\"", "\n", "\u00e9", "\u20ac", "\ud83d\ude00", "\u0001", "\u007f"})
  void shouldFitTheLimitWhateverTheCharacters(String character) throws Exception {
    // given
    ByteString long1 = ByteString.copyFromUtf8(character.repeat(LIMIT));

    // when
    String json = new ToolResult(0, long1, false, long1, false).toJson(LIMIT);

    // then
    JsonNode result = new ObjectMapper().readTree(json);
    assertThat(json.getBytes(StandardCharsets.UTF_8).length)
        .isLessThanOrEqualTo(LIMIT)
        .isGreaterThan(LIMIT - 200);
    assertThat(result.path("stdout").asText()).matches("(?s)(\\Q" + character + "\\E)+");
    assertThat(result.path("stderr").asText()).matches("(?s)(\\Q" + character + "\\E)+");
    assertThat(result.path("stdout_truncated").asBoolean()).isTrue();
    assertThat(result.path("stderr_truncated").asBoolean()).isTrue();
  }

  @Test
  void shouldGiveStderrTheRoomThatStdoutDoesNotNeed() throws Exception {
    ByteString errors = ByteString.copyFromUtf8("e".repeat(1500));

    String json = new ToolResult(1, ByteString.EMPTY, false, errors, false).toJson(LIMIT);

    JsonNode result = new ObjectMapper().readTree(json);
    assertThat(result.path("stderr").asText()).hasSize(1500);
    assertThat(result.has("stderr_truncated")).isFalse();
  }
}
