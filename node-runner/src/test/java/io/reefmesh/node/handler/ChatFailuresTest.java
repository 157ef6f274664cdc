package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.node.TaskFailedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChatFailuresTest {

  private static final String CANARY = "sk-canary-e1e1";

  private final ChatFailures failures = failures(Secret.of(CANARY));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7                             | 7000",
        "0.5                           | 500",
        "Wed, 21 Oct 2026 07:28:30 GMT | 30000",
        "Wed, 21 Oct 2026 07:27:00 GMT | 0",
        "999999999                     | 3600000",
        "soon                          | 0",
        "-5                            | 0",
      })
  void shouldReadEveryFormOfRetryAfter(String retryAfter, long millis) {
    HttpHeaders headers =
        HttpHeaders.of(
            Map.of(
                "Retry-After",
                List.of(retryAfter),
                "Date",
                List.of("Wed, 21 Oct 2026 07:28:00 GMT")),
            (name, value) -> true);

    TaskFailedException failure = failures.status(503, headers, new byte[0]);

    assertThat(failure.retryAfter()).isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void shouldMaskTheKeyBeforeItShortensWhatTheEndpointSaid() {
    byte[] body = ("x".repeat(290) + CANARY).getBytes(StandardCharsets.UTF_8);

    TaskFailedException failure = failures.status(400, none(), body);

    assertThat(failure).hasMessageNotContaining(CANARY.substring(0, 8));
  }

  @Test
  void shouldAskForAKeyWhenThereIsNone() {
    ChatFailures keyless = failures(Secret.NONE);

    assertThat(keyless.status(401, none(), new byte[0]))
        .hasMessage(
            "Model endpoint https://models.example/v1 wants a key, and this node has none: set"
                + " agent.api-key or OPENAI_API_KEY (HTTP 401)");
  }

  @Test
  void shouldNameTheCauseWhenTheHostIsUnknown() {
    ConnectException connect = new ConnectException();
    connect.initCause(new UnresolvedAddressException());

    assertThat(failures.broken(new IOException(connect)))
        .hasMessageContaining("cannot be resolved: check agent.base-url");
  }

  private static ChatFailures failures(Secret key) {
    URI url = URI.create("https://models.example/v1");
    return new ChatFailures(url, Endpoints.openAi(url, key, "m"));
  }

  private static HttpHeaders none() {
    return HttpHeaders.of(Map.of(), (name, value) -> true);
  }
}
