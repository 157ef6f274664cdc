package io.reefmesh.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node with its real threads, clock and sockets, once through its life. */
@Timeout(120)
final class NodeOverNetworkTest {

  private static final long PATIENCE_SECONDS = 20;

  @Test
  void shouldLinkRunBeHealthyAndLeave() throws Exception {
    OneTaskGateway gateway = new OneTaskGateway("echo");
    NodeConfig config = NodeConfig.of(gateway.address(), "n1").withHealth("127.0.0.1", 0, 0);
    PlainHandler echo = new PlainHandler("echo", context -> TaskOutput.data(context.payload()));
    ManagedChannel probe = null;
    try (NodeRunner runner = NodeRunner.start(config, List.of(echo))) {
      assertThat(runner.awaitLinked(Duration.ofSeconds(PATIENCE_SECONDS))).isTrue();
      assertThat(runner.incarnation()).matches("[0-9a-f]{16}");
      assertThat(
              gateway
                  .finished
                  .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                  .getResult()
                  .getData()
                  .toStringUtf8())
          .isEqualTo("payload of a");

      probe =
          ManagedChannelBuilder.forAddress("127.0.0.1", runner.healthPort()).usePlaintext().build();
      HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(probe);
      assertThat(status(health, "")).isEqualTo(ServingStatus.SERVING);
      assertThat(status(health, "liveness")).isEqualTo(ServingStatus.SERVING);
      assertThatThrownBy(() -> status(health, "other"))
          .satisfies(
              e -> assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.NOT_FOUND));
      HttpResponse<String> ready = get(runner.healthHttpPort(), "/health");
      assertThat(ready.statusCode()).isEqualTo(200);
      assertThat(ready.body())
          .isEqualTo(
              "{\"status\":\"SERVING\",\"node_id\":\"n1\",\"linked\":true,\"draining\":false}\n");
      assertThat(get(runner.healthHttpPort(), "/nothing").statusCode()).isEqualTo(404);
    } finally {
      if (probe != null) {
        probe.shutdownNow();
      }
      gateway.close();
    }
    assertThat(gateway.left.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldBeAliveButNotReadyWithoutAGateway() throws Exception {
    NodeConfig config = NodeConfig.of("127.0.0.1:1", "n1").withHealth("127.0.0.1", 0, 0);
    PlainHandler echo = new PlainHandler("echo", context -> TaskOutput.data(context.payload()));
    try (NodeRunner runner = NodeRunner.start(config, List.of(echo))) {
      assertThat(runner.awaitLinked(Duration.ofMillis(300))).isFalse();
      HttpResponse<String> ready = get(runner.healthHttpPort(), "/health");
      assertThat(ready.statusCode()).isEqualTo(503);
      assertThat(ready.body()).contains("NOT_SERVING");
      assertThat(get(runner.healthHttpPort(), "/livez").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void shouldSayWhatToDoWhenTheHealthPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      NodeConfig config =
          NodeConfig.of("127.0.0.1:1", "n1").withHealth("127.0.0.1", taken.getLocalPort(), 0);
      PlainHandler echo = new PlainHandler("echo", context -> TaskOutput.data(context.payload()));

      assertThatThrownBy(() -> NodeRunner.start(config, List.of(echo)))
          .isInstanceOf(NodeStartException.class)
          .hasMessageContaining("health");
    }
  }

  private static ServingStatus status(HealthGrpc.HealthBlockingStub health, String service) {
    return health
        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
