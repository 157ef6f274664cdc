package io.reefmesh.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeServiceGrpc;
import io.reefmesh.v1.Welcome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node with its real threads, clock and sockets, once through its life. */
@Timeout(60)
final class NodeOverNetworkTest {

  private static final long PATIENCE_SECONDS = 20;

  /** Welcomes whoever comes, gives one task, acks its end. */
  private static final class OneTaskGateway extends NodeServiceGrpc.NodeServiceImplBase {
    final CompletableFuture<Finished> finished = new CompletableFuture<>();
    final CompletableFuture<Boolean> left = new CompletableFuture<>();

    @Override
    public StreamObserver<LinkRequest> link(StreamObserver<LinkResponse> out) {
      return new StreamObserver<>() {
        private long sequence;

        @Override
        public void onNext(LinkRequest message) {
          if (message.hasHello()) {
            say(LinkResponse.newBuilder().setWelcome(Welcome.newBuilder().setGatewayId("g")));
            say(
                LinkResponse.newBuilder()
                    .setDirective(
                        Directive.newBuilder().addAssigns(FakeGateway.assignment("a", 1, "echo"))));
          } else if (message.hasReport() && message.getReport().getFinishedCount() > 0) {
            Finished end = message.getReport().getFinished(0);
            say(
                LinkResponse.newBuilder()
                    .setDirective(
                        Directive.newBuilder()
                            .addFinishedAcks(FinishedAck.newBuilder().setRef(end.getRef()))));
            finished.complete(end);
          } else if (message.hasLeaving()) {
            if (message.getLeaving().getUnregister()) {
              left.complete(true);
            }
          }
        }

        private void say(LinkResponse.Builder message) {
          out.onNext(message.setSequence(++sequence).build());
        }

        @Override
        public void onError(Throwable thrown) {
          left.completeExceptionally(thrown);
        }

        @Override
        public void onCompleted() {
          out.onCompleted();
        }
      };
    }
  }

  @Test
  void shouldLinkRunBeHealthyAndLeave() throws Exception {
    OneTaskGateway gateway = new OneTaskGateway();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(gateway)
            .build()
            .start();
    NodeConfig config =
        NodeConfig.of("127.0.0.1:" + server.getPort(), "n1").withHealth("127.0.0.1", 0, 0);
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
          .isEqualTo("{\"status\":\"SERVING\",\"node_id\":\"n1\",\"linked\":true}\n");
      assertThat(get(runner.healthHttpPort(), "/nothing").statusCode()).isEqualTo(404);
    } finally {
      if (probe != null) {
        probe.shutdownNow();
      }
      server.shutdownNow();
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
