package io.reefmesh.gateway.probe;

import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.NOT_SERVING;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.SERVICE_UNKNOWN;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class HealthDoorTest {

  private static final String SERVICE = "reefmesh.v1.TaskService";

  private final HealthDoor door = new HealthDoor(List.of(SERVICE));
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(door.service())
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    server.shutdownNow();
    assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldServeExactlyBetweenStartAndDrainWhenAsked() {
    assertThat(List.of(check(""), check(SERVICE), check("liveness")))
        .containsExactly(NOT_SERVING, NOT_SERVING, SERVING);

    door.serving();
    assertThat(List.of(check(""), check(SERVICE), check("liveness")))
        .containsExactly(SERVING, SERVING, SERVING);
    assertThat(door.isReady()).isTrue();

    door.draining();
    assertThat(List.of(check(""), check(SERVICE), check("liveness")))
        .containsExactly(NOT_SERVING, NOT_SERVING, SERVING);
    assertThat(door.isReady()).isFalse();
  }

  @Test
  void shouldStayNotReadyWhenTheStartEndsAfterTheDrainBegan() {
    door.draining();
    door.serving();

    assertThat(check("")).isEqualTo(NOT_SERVING);
    assertThat(door.state()).isEqualTo(HealthDoor.State.DRAINING);
  }

  @Test
  void shouldNotServeWhenTheStoreFailed() {
    door.serving();
    door.failed();

    assertThat(check(SERVICE)).isEqualTo(NOT_SERVING);
    assertThat(door.state()).isEqualTo(HealthDoor.State.FAILED);
  }

  @Test
  void shouldAnswerNotFoundWhenTheServiceIsNotKnown() {
    assertThatThrownBy(() -> check("no.such.Service"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  @Test
  void shouldTellWatchersWhenTheStateChanges() {
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      context.run(
          () -> {
            Iterator<HealthCheckResponse> ready = watch("");
            Iterator<HealthCheckResponse> unknown = watch("no.such.Service");
            assertThat(ready.next().getStatus()).isEqualTo(NOT_SERVING);
            assertThat(unknown.next().getStatus()).isEqualTo(SERVICE_UNKNOWN);

            door.serving();
            assertThat(ready.next().getStatus()).isEqualTo(SERVING);

            door.draining();
            assertThat(ready.next().getStatus()).isEqualTo(NOT_SERVING);
          });
    }
  }

  @Test
  void shouldTellThatTheLoopHangsWhenTheCheckIsFollowed() {
    AtomicLong now = new AtomicLong();
    LivenessCheck liveness = new LivenessCheck(() -> 0, now::get, Duration.ofSeconds(10));
    ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      context.run(
          () -> {
            Iterator<HealthCheckResponse> live = watch(HealthDoor.LIVENESS);
            assertThat(live.next().getStatus()).isEqualTo(SERVING);
            ScheduledFuture<?> following = door.follow(liveness, scheduler, Duration.ofMillis(5));

            now.set(Duration.ofSeconds(11).toNanos());
            assertThat(live.next().getStatus()).isEqualTo(NOT_SERVING);
            assertThat(door.isLive()).isFalse();

            now.set(0);
            assertThat(live.next().getStatus()).isEqualTo(SERVING);
            assertThat(following.cancel(false)).isTrue();
          });
    } finally {
      scheduler.shutdownNow();
    }
  }

  private ServingStatus check(String service) {
    return HealthGrpc.newBlockingStub(channel).check(request(service)).getStatus();
  }

  private Iterator<HealthCheckResponse> watch(String service) {
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .watch(request(service));
  }

  private static HealthCheckRequest request(String service) {
    return HealthCheckRequest.newBuilder().setService(service).build();
  }
}
