package io.reefmesh.bench.mesh;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.SubmitTaskResponse;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskServiceGrpc.TaskServiceStub;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.WatchTaskRequest;
import io.reefmesh.v1.WatchTaskResponse;

/**
 * Through {@code SubmitTask}, then {@code WatchTask} up to the outcome. Uses the generated stubs
 * alone, on two channels as the client library does.
 */
public final class UnaryDriver implements TaskDriver {

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final TaskServiceStub submissions;
  private final TaskServiceStub watches;
  private final boolean watched;

  /**
   * @param watched whether a fate is told the end; otherwise it ends with its acceptance
   */
  public UnaryDriver(Channel submissions, Channel watches, boolean watched) {
    this.submissions =
        TaskServiceGrpc.newStub(submissions).withExecutor(MoreExecutors.directExecutor());
    this.watches = TaskServiceGrpc.newStub(watches).withExecutor(MoreExecutors.directExecutor());
    this.watched = watched;
  }

  @Override
  public void submit(TaskSpec spec, TaskFate fate) {
    submissions.submitTask(
        SubmitTaskRequest.newBuilder()
            .setSpec(spec)
            .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
            .build(),
        new Submitted(fate));
  }

  @Override
  public void close() {}

  private static void refused(TaskFate fate, Throwable failure) {
    Status status = Status.fromThrowable(failure);
    Metadata trailers = Status.trailersFromThrowable(failure);
    fate.refused(
        status.getCode().value(),
        trailers != null && trailers.containsKey(DETAILS),
        status.toString());
  }

  private final class Submitted implements StreamObserver<SubmitTaskResponse> {
    private final TaskFate fate;

    Submitted(TaskFate fate) {
      this.fate = fate;
    }

    @Override
    public void onNext(SubmitTaskResponse response) {
      String id = response.getTask().getId();
      fate.accepted(id);
      if (watched) {
        watches.watchTask(
            WatchTaskRequest.newBuilder()
                .setId(id)
                .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
                .build(),
            new Watched(fate));
      }
    }

    @Override
    public void onError(Throwable failure) {
      refused(fate, failure);
    }

    @Override
    public void onCompleted() {}
  }

  private static final class Watched implements StreamObserver<WatchTaskResponse> {
    private final TaskFate fate;
    private boolean told;

    Watched(TaskFate fate) {
      this.fate = fate;
    }

    @Override
    public void onNext(WatchTaskResponse response) {
      TaskEvent event = response.getEvent();
      if (event.hasFinished() && !told) {
        told = true;
        fate.ended(event.getFinished());
      }
    }

    @Override
    public void onError(Throwable failure) {
      if (!told) {
        told = true;
        refused(fate, failure);
      }
    }

    @Override
    public void onCompleted() {
      if (!told) {
        told = true;
        fate.refused(Status.Code.INTERNAL.value(), false, "the watch ended without an outcome");
      }
    }
  }
}
