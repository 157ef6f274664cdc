package io.reefmesh.gateway.service;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.door.ProjectContext;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.Submission;
import io.reefmesh.gateway.door.SubmissionReader;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.watch.Cursor;
import io.reefmesh.gateway.watch.Endings;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.CancelTaskRequest;
import io.reefmesh.v1.CancelTaskResponse;
import io.reefmesh.v1.ExplainTaskRequest;
import io.reefmesh.v1.ExplainTaskResponse;
import io.reefmesh.v1.GetTaskRequest;
import io.reefmesh.v1.GetTaskResponse;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.ListTasksResponse;
import io.reefmesh.v1.RetryTaskRequest;
import io.reefmesh.v1.RetryTaskResponse;
import io.reefmesh.v1.RetryTasksRequest;
import io.reefmesh.v1.RetryTasksResponse;
import io.reefmesh.v1.RunTaskRequest;
import io.reefmesh.v1.RunTaskResponse;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.SubmitTaskResponse;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.SubmitTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.WatchTaskRequest;
import io.reefmesh.v1.WatchTaskResponse;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The callers' door: checks requests, asks the engine, and renders the answers. */
public final class TaskGrpcService extends TaskServiceGrpc.TaskServiceImplBase {

  /** Outcomes that all streams of submissions together hold back for callers that are slow. */
  private static final long UNTAKEN_OUTCOMES_BYTES = 64L << 20;

  private static final int MAX_REASON = 256;

  private final Engine engine;
  private final SubmissionReader submissions;
  private final Intake intake;
  private final TaskReads tasks;
  private final Watches watches;
  private final RunWaiters waiters = new RunWaiters();
  private final TaskLists lists;
  private final TaskRetries retries;
  private final TaskExplanations explanations;
  private final SubmissionStreams streams;
  private final Admission admission;

  /**
   * @param watchers streams that may follow tasks at once
   * @param watchersPerTask of them for one task
   */
  public TaskGrpcService(
      Engine engine,
      SubmissionReader submissions,
      TaskFeeds feeds,
      StoreReads reads,
      Endings endings,
      Admission admission,
      int watchers,
      int watchersPerTask,
      int maxListPage) {
    this.engine = engine;
    this.submissions = submissions;
    this.admission = admission;
    this.intake = new Intake(engine);
    this.tasks = new TaskReads(engine, reads, feeds);
    this.watches = new Watches(engine, feeds, reads, watchers, watchersPerTask);
    this.lists = new TaskLists(engine, reads, feeds, maxListPage);
    this.retries = new TaskRetries(engine, submissions, tasks, reads, intake);
    this.explanations = new TaskExplanations(engine, tasks);
    this.streams =
        new SubmissionStreams(
            new SubmissionStream.Parts(
                engine,
                submissions,
                admission,
                reads,
                endings,
                new OutcomeMemory(UNTAKEN_OUTCOMES_BYTES)));
  }

  /** How many streams follow tasks. */
  public int openWatches() {
    return watches.count();
  }

  /** How many streams of submissions are open. */
  public int openSubmissionStreams() {
    return streams.count();
  }

  /** Ends the streams of submissions, after the receipts of all that the engine took in. */
  public void endStreams(Refusals.Absence why) {
    streams.endAll(Refusals.unavailable(why));
  }

  @Override
  public void submitTask(SubmitTaskRequest request, StreamObserver<SubmitTaskResponse> observer) {
    Reply<SubmitTaskResponse> reply = new Reply<>(observer);
    String project = ProjectContext.current();
    admission.check();
    Submission submission = submissions.read(request, project, engine.clock().nowMillis());
    Consumer<Task> done = task -> reply.send(SubmitTaskResponse.newBuilder().setTask(task).build());
    intake.submit(
        submission,
        view -> tasks.show(view, request.getPayloadForm(), done, reply::refuse),
        id -> tasks.findRepeated(project, id, request.getPayloadForm(), done, reply::refuse),
        reply::refuse);
  }

  @Override
  public StreamObserver<SubmitTasksRequest> submitTasks(
      StreamObserver<SubmitTasksResponse> observer) {
    admission.check();
    return streams.open(
        ProjectContext.current(), (ServerCallStreamObserver<SubmitTasksResponse>) observer);
  }

  @Override
  public void runTask(RunTaskRequest request, StreamObserver<RunTaskResponse> observer) {
    String project = ProjectContext.current();
    admission.check();
    Submission submission = submissions.read(request, project, engine.clock().nowMillis());
    AtomicReference<@Nullable TaskId> waitsFor = new AtomicReference<>();
    AtomicReference<@Nullable TaskWatch<RunTaskResponse>> opened = new AtomicReference<>();
    // Whichever comes last, the end of the call or the answer to the submission, lets the task go.
    Runnable leave =
        () -> {
          TaskWatch<RunTaskResponse> own = opened.get();
          TaskId id = own == null ? null : waitsFor.getAndSet(null);
          if (id != null && own != null) {
            boolean isLast = waiters.left(id);
            leave(project, id, isLast && request.getCancelOnDisconnect() && own.leftEarly());
          }
        };
    TaskWatch<RunTaskResponse> watch =
        watches.open(
            (ServerCallStreamObserver<RunTaskResponse>) observer,
            request.getPayloadForm(),
            event -> RunTaskResponse.newBuilder().setEvent(event).build(),
            leave);
    opened.set(watch);
    Consumer<TaskId> wait =
        id -> {
          waiters.joined(id);
          waitsFor.set(id);
        };
    intake.submit(
        submission,
        view -> {
          wait.accept(view.id());
          watches.follow(watch, view, null);
          leaveIfClosed(watch, leave);
        },
        id -> {
          wait.accept(id);
          watches.followRepeated(watch, project, id);
          leaveIfClosed(watch, leave);
        },
        watch::refuse);
  }

  private static void leaveIfClosed(TaskWatch<?> watch, Runnable leave) {
    if (watch.isClosed()) {
      leave.run();
    }
  }

  @Override
  public void watchTask(WatchTaskRequest request, StreamObserver<WatchTaskResponse> observer) {
    Admission.checkRoom(engine);
    String project = ProjectContext.current();
    TaskId id = idOf(request.getId());
    Cursor cursor = cursorOf(request.getCursor());
    TaskWatch<WatchTaskResponse> watch =
        watches.open(
            (ServerCallStreamObserver<WatchTaskResponse>) observer,
            request.getPayloadForm(),
            event -> WatchTaskResponse.newBuilder().setEvent(event).build(),
            () -> watches.left(id));
    watches.follow(watch, project, id, cursor);
  }

  @Override
  public void getTask(GetTaskRequest request, StreamObserver<GetTaskResponse> observer) {
    Reply<GetTaskResponse> reply = new Reply<>(observer);
    Admission.checkRoom(engine);
    tasks.find(
        ProjectContext.current(),
        idOf(request.getId()),
        request.getPayloadForm(),
        task -> reply.send(GetTaskResponse.newBuilder().setTask(task).build()),
        reply::refuse);
  }

  @Override
  public void listTasks(ListTasksRequest request, StreamObserver<ListTasksResponse> observer) {
    Admission.checkRoom(engine);
    lists.list(ProjectContext.current(), request, new Reply<>(observer));
  }

  @Override
  public void cancelTask(CancelTaskRequest request, StreamObserver<CancelTaskResponse> observer) {
    Reply<CancelTaskResponse> reply = new Reply<>(observer);
    Admission.checkRoom(engine);
    String project = ProjectContext.current();
    TaskId id = idOf(request.getId());
    if (request.getReason().length() > MAX_REASON) {
      throw Refusals.invalid("reason", "must be at most " + MAX_REASON + " characters");
    }
    Consumer<Task> done = task -> reply.send(CancelTaskResponse.newBuilder().setTask(task).build());
    ReplyTo replyTo =
        answer -> {
          if (answer instanceof Answer.Found found) {
            tasks.show(found.task(), request.getPayloadForm(), done, reply::refuse);
          } else {
            tasks.find(project, id, request.getPayloadForm(), done, reply::refuse);
          }
        };
    engine.post(new Event.Cancel(replyTo, id, project, request.getReason()));
  }

  @Override
  public void retryTask(RetryTaskRequest request, StreamObserver<RetryTaskResponse> observer) {
    Reply<RetryTaskResponse> reply = new Reply<>(observer);
    admission.check();
    Admission.checkRoom(engine);
    retries.retry(ProjectContext.current(), idOf(request.getId()), request, reply);
  }

  @Override
  public void retryTasks(RetryTasksRequest request, StreamObserver<RetryTasksResponse> observer) {
    Reply<RetryTasksResponse> reply = new Reply<>(observer);
    admission.check();
    Admission.checkRoom(engine);
    retries.retryAll(ProjectContext.current(), request, reply);
  }

  @Override
  public void explainTask(
      ExplainTaskRequest request, StreamObserver<ExplainTaskResponse> observer) {
    Reply<ExplainTaskResponse> reply = new Reply<>(observer);
    Admission.checkRoom(engine);
    explanations.explain(ProjectContext.current(), idOf(request.getId()), reply);
  }

  private void leave(String project, TaskId id, boolean cancel) {
    if (cancel) {
      ReplyTo nobody = answer -> {};
      engine.post(new Event.Cancel(nobody, id, project, "its caller disconnected"));
    }
    watches.left(id);
  }

  private static TaskId idOf(String text) {
    if (text.isEmpty()) {
      throw Refusals.invalid("id", "is required");
    }
    try {
      return TaskId.parse(text);
    } catch (IllegalArgumentException e) {
      throw Refusals.invalid("id", String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Cursor cursorOf(String text) {
    return text.isEmpty()
        ? null
        : Cursor.parse(text)
            .orElseThrow(() -> Refusals.invalid("cursor", "is none that this mesh gave out"));
  }
}
