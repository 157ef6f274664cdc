package io.reefmesh.bench.mesh;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmissionRefusal;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.SubmitTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskSubmission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Through one {@code SubmitTasks} stream. Whatever is submitted while the stream is busy goes in
 * the next message; there is no timer. Uses the generated stub alone.
 */
public final class StreamDriver implements TaskDriver {

  private static final int MAX_PER_MESSAGE = 256;

  private final String requestIds;
  private final boolean wantOutcomes;
  private final Map<String, TaskFate> waiting = new ConcurrentHashMap<>();
  private final Map<String, TaskFate> accepted = new ConcurrentHashMap<>();
  private final ClientCallStreamObserver<SubmitTasksRequest> out;
  private @Nullable volatile Thread inCallback;

  // Guarded by the queue's monitor, under which the stream is written as well.
  private final ArrayDeque<TaskSubmission> queue = new ArrayDeque<>();
  private long count;
  private boolean first = true;
  private boolean closed;

  /**
   * Opens the stream.
   *
   * @param name makes the request ids its own
   * @param wantOutcomes whether a fate is told the end; otherwise it ends with its acceptance
   */
  public StreamDriver(Channel channel, String name, boolean wantOutcomes) {
    this.requestIds = name + "-";
    this.wantOutcomes = wantOutcomes;
    Inbound inbound = new Inbound();
    TaskServiceGrpc.newStub(channel).submitTasks(inbound);
    this.out = inbound.stream();
  }

  @Override
  public void submit(TaskSpec spec, TaskFate fate) {
    synchronized (queue) {
      if (closed) {
        fate.refused(Status.Code.UNAVAILABLE.value(), false, "the stream is closed");
        return;
      }
      String requestId = requestIds + count++;
      waiting.put(requestId, fate);
      queue.add(TaskSubmission.newBuilder().setRequestId(requestId).setSpec(spec).build());
    }
    if (inCallback != Thread.currentThread()) {
      write();
    }
  }

  /** How many submissions have not been written yet. */
  public int unwritten() {
    synchronized (queue) {
      return queue.size();
    }
  }

  private void write() {
    synchronized (queue) {
      while (!closed && !queue.isEmpty() && out.isReady()) {
        SubmitTasksRequest.Builder message = SubmitTasksRequest.newBuilder();
        if (first) {
          message.setWantOutcomes(wantOutcomes);
          first = false;
        }
        for (int i = 0; i < MAX_PER_MESSAGE && !queue.isEmpty(); i++) {
          message.addSubmissions(queue.poll());
        }
        out.onNext(message.build());
      }
    }
  }

  private void heard(SubmitTasksResponse message) {
    for (SubmissionReceipt receipt : message.getReceiptsList()) {
      TaskFate fate = waiting.remove(receipt.getRequestId());
      if (fate == null) {
        continue;
      }
      if (receipt.hasRefusal()) {
        SubmissionRefusal refusal = receipt.getRefusal();
        boolean typed = !refusal.getReason().isEmpty() && refusal.hasRetryAfter();
        fate.refused(refusal.getCode(), typed, refusal.getReason() + " " + refusal.getMessage());
      } else {
        if (wantOutcomes) {
          accepted.put(receipt.getTaskId(), fate);
        }
        fate.accepted(receipt.getTaskId());
      }
    }
    for (Task task : message.getOutcomesList()) {
      TaskFate fate = accepted.remove(task.getId());
      if (fate != null) {
        fate.ended(task);
      }
    }
  }

  private void broke(Throwable why) {
    List<TaskFate> lost;
    synchronized (queue) {
      closed = true;
      queue.clear();
      lost = new ArrayList<>(waiting.values());
      lost.addAll(accepted.values());
      waiting.clear();
      accepted.clear();
    }
    Status status = Status.fromThrowable(why);
    lost.forEach(fate -> fate.refused(status.getCode().value(), false, status.toString()));
  }

  @Override
  public void close() {
    synchronized (queue) {
      if (closed) {
        return;
      }
      closed = true;
      out.onCompleted();
    }
  }

  private final class Inbound
      implements ClientResponseObserver<SubmitTasksRequest, SubmitTasksResponse> {
    private @Nullable ClientCallStreamObserver<SubmitTasksRequest> stream;

    ClientCallStreamObserver<SubmitTasksRequest> stream() {
      ClientCallStreamObserver<SubmitTasksRequest> started = stream;
      if (started == null) {
        throw new IllegalStateException("gRPC did not start the stream");
      }
      return started;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<SubmitTasksRequest> requests) {
      stream = requests;
      requests.setOnReadyHandler(StreamDriver.this::write);
    }

    @Override
    public void onNext(SubmitTasksResponse message) {
      // What follows from this message goes out together.
      inCallback = Thread.currentThread();
      try {
        heard(message);
      } finally {
        inCallback = null;
      }
      write();
    }

    @Override
    public void onError(Throwable failure) {
      broke(failure);
    }

    @Override
    public void onCompleted() {
      broke(Status.UNAVAILABLE.withDescription("the gateway ended the stream").asException());
    }
  }
}
