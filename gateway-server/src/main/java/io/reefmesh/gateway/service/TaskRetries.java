package io.reefmesh.gateway.service;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.grpc.StatusRuntimeException;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.door.PageTokens;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.SubmissionReader;
import io.reefmesh.gateway.door.SubmissionRefusals;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskQuery;
import io.reefmesh.v1.RetriedTask;
import io.reefmesh.v1.RetryTaskRequest;
import io.reefmesh.v1.RetryTaskResponse;
import io.reefmesh.v1.RetryTasksRequest;
import io.reefmesh.v1.RetryTasksResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Runs ended tasks again, as new tasks that name the old ones. */
final class TaskRetries {

  private static final ImmutableSet<TaskState> RETRYABLE =
      Sets.immutableEnumSet(TaskState.FAILED, TaskState.CANCELLED, TaskState.EXPIRED);

  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;
  private static final int MAX_REQUEST_ID = 64;

  private final Engine engine;
  private final SubmissionReader submissions;
  private final TaskReads tasks;
  private final StoreReads reads;
  private final Intake intake;

  TaskRetries(
      Engine engine,
      SubmissionReader submissions,
      TaskReads tasks,
      StoreReads reads,
      Intake intake) {
    this.engine = engine;
    this.submissions = submissions;
    this.tasks = tasks;
    this.reads = reads;
    this.intake = intake;
  }

  void retry(String project, TaskId id, RetryTaskRequest request, Reply<RetryTaskResponse> reply) {
    Consumer<io.reefmesh.v1.Task> done =
        task -> reply.send(RetryTaskResponse.newBuilder().setTask(task).build());
    tasks.look(
        project,
        id,
        view -> reply.refuse(Refusals.notRetryable(id, view.state())),
        old -> {
          if (!RETRYABLE.contains(old.state())) {
            throw Refusals.notRetryable(id, old.state());
          }
          intake.submit(
              submissions.again(old, request.getRequestId(), engine.clock().nowMillis()),
              view -> tasks.show(view, request.getPayloadForm(), done, reply::refuse),
              again ->
                  tasks.findRepeated(project, again, request.getPayloadForm(), done, reply::refuse),
              reply::refuse);
        },
        reply::refuse);
  }

  /** Retries what matches, oldest first, among the tasks that were there at the first page. */
  void retryAll(String project, RetryTasksRequest request, Reply<RetryTasksResponse> reply) {
    String requestId = request.getRequestId();
    if (requestId.isEmpty() || requestId.length() > MAX_REQUEST_ID) {
      throw Refusals.invalid("request_id", "is required, with 1-" + MAX_REQUEST_ID + " characters");
    }
    int limit = TaskFilters.size(request.getLimit(), DEFAULT_LIMIT, MAX_LIMIT, "limit");
    PageTokens.Upwards at =
        PageTokens.readRetries(project, request)
            .orElseGet(() -> new PageTokens.Upwards(new TaskId(0), TaskId.floor(nowMillis() + 1)));
    TaskQuery query =
        TaskFilters.query(project, request.getFilter(), states(request), null, limit)
            .oldestFirst(at.after(), at.below());
    reads.list(query, page -> retryPage(project, request, at.below(), page, reply), reply::refuse);
  }

  private static ImmutableSet<TaskState> states(RetryTasksRequest request) {
    ImmutableSet<TaskState> asked = TaskFilters.states(request.getFilter());
    if (!RETRYABLE.containsAll(asked)) {
      throw Refusals.invalid(
          "filter.states", "may hold FAILED, CANCELLED and EXPIRED only: others are not retried");
    }
    return asked.isEmpty() ? RETRYABLE : asked;
  }

  private void retryPage(
      String project,
      RetryTasksRequest request,
      TaskId below,
      TaskQuery.Page page,
      Reply<RetryTasksResponse> reply) {
    TaskId next = page.next();
    String token =
        next == null
            ? ""
            : PageTokens.retries(project, request.getFilter(), new PageTokens.Upwards(next, below));
    String prefix = request.getRequestId() + "/";
    Batch batch = new Batch(token, reply);
    for (StoredTask old : page.tasks()) {
      // What this very call made, and what failed again, is not taken up by its repeat.
      if (old.requestId() == null || !old.requestId().startsWith(prefix)) {
        batch.add(old, prefix);
      }
    }
    batch.submit();
  }

  private long nowMillis() {
    return engine.clock().nowMillis();
  }

  /** One page of retries, answered when the last of them is. */
  private final class Batch {

    private final String token;
    private final Reply<RetryTasksResponse> reply;
    private final List<Engine.Entry> entries = new ArrayList<>();
    private final List<RetriedTask.Builder> answers = new ArrayList<>();

    /** Owned by the engine's thread. */
    private int answered;

    Batch(String token, Reply<RetryTasksResponse> reply) {
      this.token = token;
      this.reply = reply;
    }

    void add(StoredTask old, String prefix) {
      RetriedTask.Builder answer = RetriedTask.newBuilder().setOldId(old.id().toString());
      answers.add(answer);
      entries.add(
          new Engine.Entry(
              submissions.again(old, prefix + old.id(), nowMillis()), new One(answer)));
    }

    void submit() {
      if (entries.isEmpty()) {
        reply.send(response());
      } else if (!engine.submitAll(entries)) {
        reply.refuse(Intake.busy());
      }
    }

    private RetryTasksResponse response() {
      RetryTasksResponse.Builder response = RetryTasksResponse.newBuilder().setNextPageToken(token);
      answers.forEach(response::addTasks);
      return response.build();
    }

    /** The answer to one of them. */
    private final class One implements ReplyTo, Opaque.ForReceipt {

      private final RetriedTask.Builder retried;

      One(RetriedTask.Builder retried) {
        this.retried = retried;
      }

      @Override
      public void accept(Answer answer) {
        if (answer instanceof Answer.Accepted accepted) {
          retried.setNewId(accepted.id().toString());
        } else if (answer instanceof Answer.Repeated repeated) {
          retried.setNewId(repeated.id().toString());
        } else {
          StatusRuntimeException refusal = Intake.refusal(answer, null);
          retried.setRefusal(SubmissionRefusals.of(refusal));
        }
        if (++answered == entries.size()) {
          reply.send(response());
        }
      }
    }
  }
}
