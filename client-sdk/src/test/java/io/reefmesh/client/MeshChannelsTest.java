package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.reefmesh.client.MeshTarget.Spreading;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.GetMeshRequest;
import io.reefmesh.v1.GetMeshResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Over real sockets, on ports that the system chose. */
final class MeshChannelsTest {

  private final List<Server> servers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Queue<String> userAgents = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() throws InterruptedException {
    for (ManagedChannel channel : channels) {
      channel.shutdownNow();
      assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
    for (Server server : servers) {
      server.shutdownNow();
      assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void shouldReachTheSecondGatewayWhenTheFirstIsDown() throws Exception {
    // given
    int down = portOf(start("first"));
    servers.get(0).shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    int up = portOf(start("second"));

    for (Spreading spreading : Spreading.values()) {
      // when
      ManagedChannel channel =
          dial(MeshTarget.builder(addresses(down, up)).spreading(spreading).build());

      // then
      assertThat(List.of(ask(channel), ask(channel))).as("%s", spreading).containsOnly("second");
    }
  }

  @Test
  void shouldMoveOnWhenTheGatewayInUseStops() throws Exception {
    // given
    int first = portOf(start("first"));
    int second = portOf(start("second"));
    ManagedChannel channel = dial(MeshTarget.of(addresses(first, second)));
    assertThat(askUntilAll(channel, 2)).containsExactlyInAnyOrder("first", "second");

    // when
    servers.get(0).shutdownNow().awaitTermination(10, TimeUnit.SECONDS);

    // then: calls that were on the broken connection may fail, later ones reach the other gateway
    assertThat(askDespiteBreaks(channel)).isEqualTo("second");
    assertThat(ask(channel)).isEqualTo("second");
  }

  @Test
  void shouldSendTheUserAgentWhenItCalls() throws Exception {
    int port = portOf(start("only"));
    ManagedChannel channel =
        dial(MeshTarget.builder("localhost:" + port).userAgentSuffix("my-bot/1.2").build());

    ask(channel);

    assertThat(userAgents).allMatch(agent -> agent.matches("reefmesh-java/\\S+ my-bot/1\\.2 .*"));
    assertThat(userAgents).hasSize(1);
  }

  @Test
  void shouldRefuseAnswersWhenTheyPassTheLimit() throws Exception {
    int port = portOf(start("x".repeat(2_000)));
    ManagedChannel channel =
        dial(MeshTarget.builder("localhost:" + port).maxInboundMessageBytes(1_000).build());

    assertThatThrownBy(() -> ask(channel))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
  }

  @Test
  void shouldSayWhichHostsHaveNoAddressWhenNoneHas() {
    ManagedChannel channel = dial(MeshTarget.of("one.invalid,two.invalid"));

    assertThatThrownBy(
            () ->
                FleetServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .getMesh(GetMeshRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
              assertThat(e).hasMessageContainingAll("one.invalid", "two.invalid");
            });
  }

  @Test
  void shouldSayWhatItCannotResolveWhenTheSchemeIsUnknown() {
    assertThatThrownBy(() -> dial(MeshTarget.of("carrier-pigeon:///loft")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("carrier-pigeon:///loft");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void shouldDialAUnixSocketWhenTheTargetIsOne() {
    ManagedChannel channel = dial(MeshTarget.of("unix:///nobody/listens/here.sock"));

    assertThatThrownBy(
            () ->
                FleetServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .getMesh(GetMeshRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
  }

  private static String addresses(int... ports) {
    List<String> hosts = new ArrayList<>();
    for (int port : ports) {
      hosts.add("localhost:" + port);
    }
    return String.join(",", hosts);
  }

  private ManagedChannel dial(MeshTarget target) {
    ManagedChannel channel = MeshChannels.dial(target);
    channels.add(channel);
    return channel;
  }

  private static String ask(ManagedChannel channel) {
    return FleetServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .getMesh(GetMeshRequest.getDefaultInstance())
        .getGatewayId();
  }

  private static String askDespiteBreaks(ManagedChannel channel) {
    for (int i = 0; i < 10; i++) {
      try {
        return ask(channel);
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      }
    }
    throw new AssertionError("ten calls in a row were on broken connections");
  }

  /** Round-robin uses an address once its connection stands, which takes a moment. */
  private static Set<String> askUntilAll(ManagedChannel channel, int gateways) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 10_000 && seen.size() < gateways; i++) {
      seen.add(ask(channel));
    }
    return seen;
  }

  private static int portOf(Server server) {
    return server.getPort();
  }

  private Server start(String gatewayId) throws IOException {
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .directExecutor()
            .addService(new Named(gatewayId))
            .intercept(new UserAgents(userAgents))
            .build()
            .start();
    servers.add(server);
    return server;
  }

  private static final class Named extends FleetServiceGrpc.FleetServiceImplBase {
    private final String gatewayId;

    Named(String gatewayId) {
      this.gatewayId = gatewayId;
    }

    @Override
    public void getMesh(GetMeshRequest request, StreamObserver<GetMeshResponse> out) {
      out.onNext(GetMeshResponse.newBuilder().setGatewayId(gatewayId).build());
      out.onCompleted();
    }
  }

  private record UserAgents(Queue<String> seen) implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      seen.add(
          String.valueOf(
              headers.get(Metadata.Key.of("user-agent", Metadata.ASCII_STRING_MARSHALLER))));
      return next.startCall(call, headers);
    }
  }
}
