package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.SubmitTasksResponse;
import io.reefmesh.v1.TaskServiceGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a stream of submissions ends, and what it does before it gives up; time is the test's. */
@Timeout(60)
final class TaskStreamEndTest {

  private final List<StreamObserver<SubmitTasksResponse>> streams = new ArrayList<>();
  private final List<SubmitTasksRequest> messages = new ArrayList<>();
  private Status answer = Status.OK;
  private final FakeTimers timers = new FakeTimers();
  private final Server server;
  private final ManagedChannel channel;
  private final MeshClient client;

  TaskStreamEndTest() throws IOException {
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(new Scripted())
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).directExecutor().disableRetry().build();
    client =
        MeshClient.builder()
            .channel(channel)
            .timers(timers)
            .followFor(Duration.ofMinutes(5))
            .build();
  }

  @AfterEach
  void stop() {
    client.close();
    channel.shutdownNow();
    server.shutdownNow();
  }

  /** Fails each stream as the test says, or leaves it open. */
  private final class Scripted extends TaskServiceGrpc.TaskServiceImplBase {
    @Override
    public StreamObserver<SubmitTasksRequest> submitTasks(StreamObserver<SubmitTasksResponse> out) {
      streams.add(out);
      if (!answer.isOk()) {
        out.onError(answer.asRuntimeException());
      }
      return new StreamObserver<>() {
        @Override
        public void onNext(SubmitTasksRequest message) {
          messages.add(message);
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {
          out.onCompleted();
        }
      };
    }
  }

  private static Throwable failureOf(CompletableFuture<?> future) {
    assertThat(future).isCompletedExceptionally();
    try {
      future.join();
      throw new AssertionError("it failed before");
    } catch (CompletionException e) {
      return java.util.Objects.requireNonNull(e.getCause());
    }
  }

  @Test
  void shouldFailWhatIsInFlightWhenNoGatewayComesBackInTheFollowTime() throws Exception {
    // given
    answer = Status.UNAVAILABLE.withDescription("gone");
    TaskStream stream = client.openTaskStream(TaskStreamOptions.standard());
    StreamedTask task = stream.submit(TaskSpecs.of("x"));

    // when
    timers.advance(Duration.ofMinutes(4));
    assertThat(task.receipt()).isNotDone();
    int tries = streams.size();
    timers.advance(Duration.ofMinutes(2));

    // then
    assertThat(tries).as("with a growing back-off of 5 s at most").isBetween(40, 1_000);
    assertThat(failureOf(task.receipt())).isInstanceOf(MeshUnavailableException.class);
    assertThat(failureOf(stream.finish())).isInstanceOf(MeshUnavailableException.class);
    assertThatThrownBy(() -> stream.submit(TaskSpecs.of("x")))
        .isInstanceOf(MeshUnavailableException.class)
        .hasMessageContaining("away for");
    assertThat(timers.pending()).isZero();
  }

  @Test
  void shouldSendTheSameSubmissionAgainWhenTheStreamBroke() throws Exception {
    TaskStream stream = client.openTaskStream(TaskStreamOptions.standard());
    StreamedTask task = stream.submit(TaskSpecs.of("x"));
    streams.get(0).onError(Status.UNAVAILABLE.asRuntimeException());
    assertThat(messages).hasSize(1);

    timers.advance(Duration.ofSeconds(1));

    assertThat(messages).hasSize(2);
    assertThat(messages.get(1).getSubmissionsList())
        .isEqualTo(messages.get(0).getSubmissionsList());
    streams
        .get(1)
        .onNext(
            SubmitTasksResponse.newBuilder()
                .addReceipts(
                    SubmissionReceipt.newBuilder().setRequestId(task.requestId()).setTaskId("t"))
                .build());
    assertThat(task.receipt().join().taskId()).isEqualTo("t");
    assertThat(stream.finish()).isCompleted();
  }

  @Test
  void shouldEndAtOnceWhenTheGatewayKnowsNoStreams() throws Exception {
    answer = Status.UNIMPLEMENTED;
    TaskStream stream = client.openTaskStream(TaskStreamOptions.standard());
    StreamedTask task = stream.submit(TaskSpecs.of("x"));
    assertThat(failureOf(task.receipt()))
        .isInstanceOfSatisfying(
            MeshException.class, e -> assertThat(e.code()).isEqualTo(Status.Code.UNIMPLEMENTED));
    assertThat(failureOf(stream.room())).isInstanceOf(MeshException.class);
  }

  @Test
  void shouldFailWhatIsInFlightWhenTheClientIsClosed() throws Exception {
    TaskStream stream = client.openTaskStream(TaskStreamOptions.standard());
    StreamedTask task = stream.submit(TaskSpecs.of("x"));
    client.close();
    assertThat(failureOf(task.receipt())).isInstanceOf(MeshClosedException.class);
    assertThatThrownBy(() -> stream.submit(TaskSpecs.of("x")))
        .isInstanceOf(MeshClosedException.class);
  }

  @Test
  void shouldBeFinishedAtOnceWhenNothingWasSubmitted() {
    TaskStream stream = client.openTaskStream(TaskStreamOptions.standard());
    assertThat(stream.finish()).isCompleted();
    assertThatThrownBy(() -> stream.submit(TaskSpecs.of("x")))
        .isInstanceOf(IllegalStateException.class);
    assertThat(streams).isEmpty();
  }
}
