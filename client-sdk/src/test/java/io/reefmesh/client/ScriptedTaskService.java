package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.v1.CancelTaskRequest;
import io.reefmesh.v1.CancelTaskResponse;
import io.reefmesh.v1.GetTaskRequest;
import io.reefmesh.v1.GetTaskResponse;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.ListTasksResponse;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.SubmitTaskResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskState;
import io.reefmesh.v1.WatchTaskRequest;
import io.reefmesh.v1.WatchTaskResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A task service that keeps its word about request ids, records what it is asked, and otherwise
 * does what a test tells it to: next answers come from the scripts, watches are served by the test.
 */
final class ScriptedTaskService extends TaskServiceGrpc.TaskServiceImplBase {

  /** What happens to one call. */
  interface Step<Q, A> {
    void serve(Q request, StreamObserver<A> out);
  }

  /** Makes a call fail. */
  static <Q, A> Step<Q, A> fail(StatusRuntimeException with) {
    return (request, out) -> out.onError(with);
  }

  static <Q, A> Step<Q, A> fail(Status with) {
    return fail(with.asRuntimeException());
  }

  /** Never answers. */
  static <Q, A> Step<Q, A> silence() {
    return (request, out) -> ((ServerCallStreamObserver<A>) out).setOnCancelHandler(() -> {});
  }

  final List<SubmitTaskRequest> submits = Collections.synchronizedList(new ArrayList<>());
  final List<GetTaskRequest> gets = Collections.synchronizedList(new ArrayList<>());
  final List<CancelTaskRequest> cancels = Collections.synchronizedList(new ArrayList<>());
  final List<ListTasksRequest> lists = Collections.synchronizedList(new ArrayList<>());
  final List<Metadata> headers = Collections.synchronizedList(new ArrayList<>());
  final Map<String, Task> acceptedByRequestId = new ConcurrentHashMap<>();
  final Queue<Step<SubmitTaskRequest, SubmitTaskResponse>> submitScript =
      new ConcurrentLinkedQueue<>();
  final Queue<Step<GetTaskRequest, GetTaskResponse>> getScript = new ConcurrentLinkedQueue<>();
  final Queue<Step<CancelTaskRequest, CancelTaskResponse>> cancelScript =
      new ConcurrentLinkedQueue<>();
  final Queue<ListTasksResponse> pages = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<OpenWatch> watches = new LinkedBlockingQueue<>();

  /** The task is durable, and the gateway dies before it can say so. */
  Step<SubmitTaskRequest, SubmitTaskResponse> acceptAndLoseTheAnswer(Status with) {
    return (request, out) -> {
      accept(request);
      out.onError(with.asRuntimeException());
    };
  }

  /** The task is durable, and the answer never comes. */
  Step<SubmitTaskRequest, SubmitTaskResponse> acceptInSilence() {
    return (request, out) -> {
      accept(request);
      ScriptedTaskService.<SubmitTaskRequest, SubmitTaskResponse>silence().serve(request, out);
    };
  }

  @Override
  public void submitTask(SubmitTaskRequest request, StreamObserver<SubmitTaskResponse> out) {
    submits.add(request);
    Step<SubmitTaskRequest, SubmitTaskResponse> step = submitScript.poll();
    if (step != null) {
      step.serve(request, out);
    } else {
      answerSubmission(request, out);
    }
  }

  /** The usual answer: the task, the same for the same request id. */
  void answerSubmission(SubmitTaskRequest request, StreamObserver<SubmitTaskResponse> out) {
    answer(out, SubmitTaskResponse.newBuilder().setTask(accept(request)).build());
  }

  @Override
  public void getTask(GetTaskRequest request, StreamObserver<GetTaskResponse> out) {
    gets.add(request);
    Step<GetTaskRequest, GetTaskResponse> step = getScript.poll();
    if (step != null) {
      step.serve(request, out);
    } else {
      Task task = Task.newBuilder().setId(request.getId()).build();
      answer(out, GetTaskResponse.newBuilder().setTask(task).build());
    }
  }

  @Override
  public void cancelTask(CancelTaskRequest request, StreamObserver<CancelTaskResponse> out) {
    cancels.add(request);
    Step<CancelTaskRequest, CancelTaskResponse> step = cancelScript.poll();
    if (step != null) {
      step.serve(request, out);
    } else {
      Task task =
          Task.newBuilder().setId(request.getId()).setState(TaskState.TASK_STATE_CANCELLED).build();
      answer(out, CancelTaskResponse.newBuilder().setTask(task).build());
    }
  }

  @Override
  public void listTasks(ListTasksRequest request, StreamObserver<ListTasksResponse> out) {
    lists.add(request);
    answer(out, pages.remove());
  }

  @Override
  public void watchTask(WatchTaskRequest request, StreamObserver<WatchTaskResponse> out) {
    OpenWatch watch = new OpenWatch(request, (ServerCallStreamObserver<WatchTaskResponse>) out);
    watches.add(watch);
  }

  /** The next watch that was opened, waiting for it if need be. */
  OpenWatch nextWatch() throws InterruptedException {
    OpenWatch watch = watches.poll(10, TimeUnit.SECONDS);
    assertThat(watch).as("a watch within 10 s").isNotNull();
    return watch;
  }

  /** How many watches were opened that no test has taken. */
  int untakenWatches() {
    return watches.size();
  }

  /** Notes the headers of every call. */
  ServerInterceptor headerNotes() {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata received, ServerCallHandler<Q, A> next) {
        headers.add(received);
        return next.startCall(call, received);
      }
    };
  }

  private Task accept(SubmitTaskRequest request) {
    return acceptedByRequestId.computeIfAbsent(
        request.getRequestId(),
        requestId ->
            Task.newBuilder()
                .setId("task-" + (acceptedByRequestId.size() + 1))
                .setRequestId(requestId)
                .setSpec(request.getSpec())
                .setState(TaskState.TASK_STATE_QUEUED)
                .build());
  }

  private static <A> void answer(StreamObserver<A> out, A answer) {
    out.onNext(answer);
    out.onCompleted();
  }

  /** One watch, in the hands of the test. */
  static final class OpenWatch {
    final WatchTaskRequest request;
    private final ServerCallStreamObserver<WatchTaskResponse> out;
    private final CountDownLatch cancelled = new CountDownLatch(1);

    OpenWatch(WatchTaskRequest request, ServerCallStreamObserver<WatchTaskResponse> out) {
      this.request = request;
      this.out = out;
      out.setOnCancelHandler(cancelled::countDown);
      out.setOnReadyHandler(this::ready);
    }

    private volatile Runnable onReady = () -> {};

    private void ready() {
      onReady.run();
    }

    OpenWatch onReady(Runnable action) {
      onReady = action;
      return this;
    }

    boolean isReady() {
      return out.isReady();
    }

    OpenWatch send(TaskEvent... events) {
      for (TaskEvent event : events) {
        out.onNext(WatchTaskResponse.newBuilder().setEvent(event).build());
      }
      return this;
    }

    void breakWith(Status status) {
      out.onError(status.asRuntimeException());
    }

    void breakWith(StatusRuntimeException status) {
      out.onError(status);
    }

    void complete() {
      out.onCompleted();
    }

    boolean awaitCancelled() throws InterruptedException {
      return cancelled.await(10, TimeUnit.SECONDS);
    }

    boolean isCancelled() {
      return out.isCancelled();
    }
  }
}
