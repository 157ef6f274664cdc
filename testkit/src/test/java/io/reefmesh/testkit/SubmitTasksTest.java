package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.SubmitTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskSubmission;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The stream of submissions as any client sees it, its flow control first of all. */
@Timeout(180)
final class SubmitTasksTest {

  private final TestMesh mesh = TestMesh.inMemory();
  private final ManagedChannel channel =
      NettyChannelBuilder.forTarget(mesh.target()).usePlaintext().flowControlWindow(65_535).build();

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    mesh.close();
  }

  /** A caller that reads when the test says so. */
  private final class Caller
      implements ClientResponseObserver<SubmitTasksRequest, SubmitTasksResponse> {

    final List<SubmissionReceipt> receipts = new CopyOnWriteArrayList<>();
    final List<Task> outcomes = new CopyOnWriteArrayList<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();
    private final boolean reads;
    private final ClientCallStreamObserver<SubmitTasksRequest> stream;

    Caller(boolean reads) {
      this.reads = reads;
      this.stream =
          (ClientCallStreamObserver<SubmitTasksRequest>)
              TaskServiceGrpc.newStub(channel).submitTasks(this);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<SubmitTasksRequest> requestStream) {
      if (!reads) {
        requestStream.disableAutoRequestWithInitial(0);
      }
    }

    void send(boolean outcomes, TaskSpec spec, int from, int count) {
      SubmitTasksRequest.Builder message =
          SubmitTasksRequest.newBuilder().setWantOutcomes(outcomes);
      for (int i = from; i < from + count; i++) {
        message.addSubmissions(TaskSubmission.newBuilder().setRequestId("r" + i).setSpec(spec));
      }
      stream.onNext(message.build());
    }

    @Override
    public void onNext(SubmitTasksResponse response) {
      receipts.addAll(response.getReceiptsList());
      outcomes.addAll(response.getOutcomesList());
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }

  private long tasks() {
    return mesh.client().fleet().mesh().getTasksList().stream()
        .mapToLong(count -> count.getCount())
        .sum();
  }

  @Test
  void shouldSendAllThatIsOwedAfterTheHalfClose() throws Exception {
    mesh.node("a", 8, new FunctionHandler("echo", context -> TaskOutput.data(context.payload())));
    Caller caller = new Caller(true);
    caller.send(true, TaskSpecs.text("echo", "hi"), 0, 1_000);
    caller.send(true, TaskSpecs.text("echo", "hi"), 1_000, 200);
    caller.stream.onCompleted();
    assertThat(caller.end.get(60, TimeUnit.SECONDS)).isEqualTo(Status.OK);
    assertThat(caller.receipts).hasSize(1_200).noneMatch(SubmissionReceipt::hasRefusal);
    assertThat(caller.receipts).extracting(SubmissionReceipt::getRequestId).doesNotHaveDuplicates();
    assertThat(caller.outcomes).hasSize(1_200).extracting(Task::getId).doesNotHaveDuplicates();
    assertThat(caller.outcomes)
        .allSatisfy(task -> assertThat(task.getSpec().hasPayload()).isFalse())
        .allSatisfy(task -> assertThat(task.getResult().getData().toStringUtf8()).isEqualTo("hi"));
  }

  @Test
  void shouldReadNoFurtherWhileTheCallerTakesNoReceipts() throws Exception {
    // given
    Caller caller = new Caller(false);

    // when: 40,000 submissions, and not a single receipt read
    for (int i = 0; i < 400; i++) {
      caller.send(false, TaskSpecs.of("echo"), i * 100, 100);
    }

    // then: what it took in is what may wait, and what receipts fit into buffers on the way
    Eventually.await(() -> tasks() >= 4_000);
    long[] before = {-1};
    Eventually.await(
        () -> {
          long now = tasks();
          boolean stands = now == before[0];
          before[0] = now;
          return stands;
        });
    assertThat(tasks()).isBetween(4_000L, 16_000L);
    caller.stream.request(Integer.MAX_VALUE);
    Eventually.await(() -> caller.receipts.size() == 40_000);
    caller.stream.cancel("enough", null);
  }

  @Test
  void shouldReadOutcomesFromTheStoreWhenTheCallerWasSlowToTakeThem() throws Exception {
    // given: 600 results of 100 KiB, more than any buffer on the way takes
    ByteString large = ByteString.copyFrom(new byte[100 << 10]);
    mesh.node("a", 8, new FunctionHandler("large", context -> TaskOutput.data(large)));
    Caller caller = new Caller(false);
    caller.send(true, TaskSpecs.of("large"), 0, 600);
    Eventually.await(
        () ->
            mesh.client().fleet().mesh().getTasksList().stream()
                .anyMatch(
                    c ->
                        c.getState() == io.reefmesh.v1.TaskState.TASK_STATE_SUCCEEDED
                            && c.getCount() == 600));

    // when
    caller.stream.onCompleted();
    caller.stream.request(Integer.MAX_VALUE);

    // then
    assertThat(caller.end.get(60, TimeUnit.SECONDS)).isEqualTo(Status.OK);
    assertThat(caller.outcomes).hasSize(600).extracting(Task::getId).doesNotHaveDuplicates();
    assertThat(caller.outcomes)
        .allSatisfy(task -> assertThat(task.getResult().getData()).isEqualTo(large));
  }

  @Test
  void shouldEndWithUnavailableAfterTheReceiptsWhenTheGatewayStops() throws Exception {
    Caller caller = new Caller(true);
    caller.send(true, TaskSpecs.of("echo"), 0, 500);
    Eventually.await(() -> caller.receipts.size() == 500);
    mesh.stopGateway();
    Status end = caller.end.get(30, TimeUnit.SECONDS);
    assertThat(end.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(end.getDescription()).contains("stopping");
  }

  @Test
  void shouldRefuseWithoutEndingTheStreamAndEndItForTooManyAtOnce() throws Exception {
    Caller caller = new Caller(true);
    caller.stream.onNext(
        SubmitTasksRequest.newBuilder()
            .setPayloadForm(PayloadForm.PAYLOAD_FORM_AUTO)
            .addSubmissions(TaskSubmission.newBuilder().setSpec(TaskSpecs.of("echo")))
            .addSubmissions(TaskSubmission.newBuilder().setRequestId("no-spec"))
            .addSubmissions(
                TaskSubmission.newBuilder().setRequestId("good").setSpec(TaskSpecs.of("echo")))
            .build());
    Eventually.await(() -> caller.receipts.size() == 3);
    assertThat(caller.receipts)
        .filteredOn(SubmissionReceipt::hasRefusal)
        .allSatisfy(receipt -> assertThat(receipt.getRefusal().getCode()).isEqualTo(3))
        .extracting(receipt -> receipt.getRequestId() + ":" + receipt.getRefusal().getField())
        .containsExactlyInAnyOrder(":request_id", "no-spec:spec");
    assertThat(caller.end).isNotDone();

    caller.send(false, TaskSpecs.of("echo"), 0, 1_001);
    Status end = caller.end.get(30, TimeUnit.SECONDS);
    assertThat(end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(tasks()).isEqualTo(1);
  }
}
