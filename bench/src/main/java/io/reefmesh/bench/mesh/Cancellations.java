package io.reefmesh.bench.mesh;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Outcome;
import io.reefmesh.v1.CancelTaskRequest;
import io.reefmesh.v1.CancelTaskResponse;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskServiceGrpc.TaskServiceStub;
import java.util.concurrent.atomic.AtomicInteger;

/** Ends tasks, in the order in which they are given. Thread-safe. */
public final class Cancellations implements Operation {

  private final TaskServiceStub stub;
  private final long[] ids;
  private final AtomicInteger next = new AtomicInteger();

  /** For these tasks. */
  public Cancellations(Channel channel, long[] ids) {
    this.stub = TaskServiceGrpc.newStub(channel).withExecutor(MoreExecutors.directExecutor());
    this.ids = ids;
  }

  @Override
  public void start(long intendedNanos, Outcome outcome) {
    stub.cancelTask(
        CancelTaskRequest.newBuilder()
            .setId(new TaskId(ids[next.getAndIncrement()]).toString())
            .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
            .build(),
        new StreamObserver<CancelTaskResponse>() {
          @Override
          public void onNext(CancelTaskResponse response) {
            outcome.done(System.nanoTime());
          }

          @Override
          public void onError(Throwable failure) {
            outcome.failed(failure.toString());
          }

          @Override
          public void onCompleted() {}
        });
  }
}
