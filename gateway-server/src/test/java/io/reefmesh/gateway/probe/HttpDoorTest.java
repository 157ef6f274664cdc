package io.reefmesh.gateway.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.gateway.GatewayStartException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class HttpDoorTest {

  private static final String LOOPBACK = "127.0.0.1";
  private static final MetricsPage NO_METRICS = accept -> Optional.empty();

  private final HealthDoor health = new HealthDoor(List.of());
  private final HttpDoor door = HttpDoor.open(LOOPBACK, 0, health, NO_METRICS);
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    door.close();
  }

  @Test
  void shouldFollowTheGatewaysStateWhenProbed() throws Exception {
    assertThat(List.of(status("/health"), status("/readyz"), status("/livez")))
        .containsExactly(503, 503, 200);

    health.serving();
    assertThat(List.of(status("/health"), status("/readyz"), status("/livez")))
        .containsExactly(200, 200, 200);

    health.draining();
    assertThat(List.of(status("/health"), status("/readyz"), status("/livez")))
        .containsExactly(503, 503, 200);
  }

  @Test
  void shouldTellReadersOfMetricsToComeBackWhenTooManyRead() throws Exception {
    HttpResponse<String> answer = get("/metrics");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
  }

  @Test
  void shouldNotBeLiveNorHealthyWhenTheLoopHangs() throws Exception {
    health.serving();
    health.setLive(false);

    assertThat(List.of(status("/health"), status("/readyz"), status("/livez")))
        .containsExactly(503, 200, 503);
  }

  @Test
  void shouldAnswerJsonWhenProbed() throws Exception {
    health.serving();

    HttpResponse<String> answer = get("/health");

    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
    assertThat(answer.headers().firstValue("server")).isEmpty();
    JsonNode json = new ObjectMapper().readTree(answer.body());
    assertThat(json.path("status").asText()).isEqualTo("ok");
    assertThat(json.path("state").asText()).isEqualTo("serving");
    assertThat(json.path("live").asBoolean()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/nope", "/health/x", "/%2e%2e/etc/passwd", "/..;/health"})
  void shouldAnswerNotFoundWithoutTheirWordsWhenThereIsNoSuchPage(String path) throws Exception {
    HttpResponse<String> answer = get(path);

    assertThat(answer.statusCode()).isBetween(400, 404);
    assertThat(answer.body()).doesNotContain("nope").doesNotContain("passwd");
  }

  @Test
  void shouldRefuseWhenHeadersAreTooLarge() throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(uri("/health")).header("x-pad", "x".repeat(20_000)).build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(431);
  }

  @Test
  void shouldSayWhatToDoWhenThePortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      int port = taken.getLocalPort();

      assertThatThrownBy(() -> HttpDoor.open("0.0.0.0", port, health, NO_METRICS))
          .isInstanceOfSatisfying(
              GatewayStartException.class,
              e -> assertThat(e.kind()).isEqualTo(GatewayStartException.Kind.PORT_TAKEN))
          .hasMessageContaining("is taken by another process")
          .hasMessageContaining("--http-port");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"203.0.113.1", "no.such.host.invalid"})
  void shouldNameTheSettingWhenTheAddressIsNotOurs(String bind) {
    assertThatThrownBy(() -> HttpDoor.open(bind, 0, health, NO_METRICS))
        .isInstanceOfSatisfying(
            GatewayStartException.class,
            e -> assertThat(e.kind()).isEqualTo(GatewayStartException.Kind.CONFIG))
        .hasMessageContaining("bind is \"" + bind + "\"");
  }

  @Test
  void shouldListenOnlyOnItsAddressWhenBoundToOne() {
    assertThatThrownBy(
            () -> {
              try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.2", door.port()), 2_000);
              }
            })
        .isInstanceOf(IOException.class);
  }

  @Test
  void shouldFreeThePortWhenClosed() {
    int port = door.port();
    door.close();

    try (HttpDoor again = HttpDoor.open(LOOPBACK, port, health, NO_METRICS)) {
      assertThat(again.port()).isEqualTo(port);
    }
  }

  private int status(String path) throws Exception {
    return get(path).statusCode();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://" + LOOPBACK + ":" + door.port() + path);
  }
}
