package io.reefmesh.gateway.door;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.store.CoreProtos;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.Task;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tasks as their readers see them, from the dispatcher's live view or from the store. */
public final class TaskRenderer {

  /** How many uncharged attempts a reader is shown. */
  static final int MAX_UNCHARGED = 32;

  /** How much of the payloads a reader gets. */
  public enum Detail {
    /** Neither what was asked for nor the result: for lists. */
    BARE,
    /** What was asked for, without the result: for events before the outcome. */
    WITHOUT_RESULT,
    /** The result, without the payload of what was asked for: for who asked for it, and knows. */
    WITHOUT_REQUEST,
    /** All. */
    FULL
  }

  private TaskRenderer() {}

  /**
   * A view that can be rendered in this detail whatever becomes of the task; null: its payload is
   * to be read from the store first, and put in by {@link #withPayload}.
   */
  public static @Nullable TaskView whole(TaskView view, Detail detail) {
    if (!showsRequest(detail)) {
      return view;
    }
    ByteString payload = body(view.body()).payload();
    return payload == null ? null : withPayload(view, payload);
  }

  private static boolean showsRequest(Detail detail) {
    return detail == Detail.FULL || detail == Detail.WITHOUT_RESULT;
  }

  /**
   * The same task with the payload that the store has.
   *
   * @param payload of what was asked for
   */
  public static TaskView withPayload(TaskView view, ByteString payload) {
    return view.withBody(body(view.body()).with(payload));
  }

  /**
   * Renders a live task.
   *
   * @param view its body is a {@link TaskBody}, its result a {@link ResultBody}; {@link #whole}
   * @param firstOutputAtMillis when the last attempt's first output came; 0: not known
   * @param form of the payloads
   * @param detail how much of them
   */
  public static Task render(
      TaskView view, long firstOutputAtMillis, PayloadForm form, Detail detail) {
    Task.Builder task =
        common(view.id(), view.terms().project(), view.requestId(), body(view.body()), form, detail)
            .setState(CoreProtos.toProto(view.state()))
            .addAllAttempts(attempts(view.history()));
    if (view.waitReason() != null) {
      task.setWaitReason(CoreProtos.toProto(view.waitReason()));
    }
    if (isPushed(view.state())) {
      task.addAttempts(
          current(
              view.attempt(),
              view.nodeId(),
              view.incarnation(),
              view.assignedAtMillis(),
              view.startedAtMillis()));
    }
    if (firstOutputAtMillis > 0) {
      task.setFirstOutputTime(Timestamps.fromMillis(firstOutputAtMillis));
    }
    if (view.failure() != null) {
      task.setFailure(CoreProtos.toProto(view.failure()));
    }
    return finish(task, (ResultBody) view.result(), view.finishedAtMillis(), form, detail);
  }

  /** Renders a task as the store has it. An attempt that is not over counts as ASSIGNED. */
  public static Task render(StoredTask stored, PayloadForm form, Detail detail) {
    Task.Builder task =
        common(stored.id(), stored.project(), stored.requestId(), stored.body(), form, detail)
            .setState(CoreProtos.toProto(stored.state()))
            .addAllAttempts(attempts(stored.history()));
    if (isPushed(stored.state())) {
      task.addAttempts(
          current(
              stored.attempt(),
              stored.nodeId(),
              stored.incarnation(),
              stored.assignedAtMillis(),
              0));
    }
    if (stored.failure() != null) {
      task.setFailure(CoreProtos.toProto(stored.failure()));
    }
    return finish(task, stored.result(), stored.finishedAtMillis(), form, detail);
  }

  private static Task.Builder common(
      TaskId id,
      String project,
      @Nullable String requestId,
      TaskBody body,
      PayloadForm form,
      Detail detail) {
    Task.Builder task =
        Task.newBuilder()
            .setId(id.toString())
            .setProject(project)
            .setCreateTime(Timestamps.fromMillis(id.createdAtMillis()));
    switch (detail) {
      case BARE, WITHOUT_REQUEST -> task.setSpec(body.spec());
      case WITHOUT_RESULT, FULL ->
          task.setSpec(
              body.spec().toBuilder()
                  .setPayload(PayloadForms.render(body.contentType(), payload(id, body), form)));
    }
    if (requestId != null) {
      task.setRequestId(requestId);
    }
    if (body.retryOf() != null) {
      task.setRetryOf(body.retryOf().toString());
    }
    return task;
  }

  private static ByteString payload(TaskId id, TaskBody body) {
    ByteString payload = body.payload();
    if (payload == null) {
      throw new IllegalStateException("the payload of task " + id + " is not in memory");
    }
    return payload;
  }

  private static Task finish(
      Task.Builder task,
      @Nullable ResultBody result,
      long finishedAtMillis,
      PayloadForm form,
      Detail detail) {
    int pushes = task.getAttemptsCount();
    if (pushes > 0) {
      Attempt last = task.getAttempts(pushes - 1);
      task.setAssignTime(last.getAssignTime());
      if (last.hasStartTime()) {
        task.setStartTime(last.getStartTime());
      }
    }
    if (finishedAtMillis > 0) {
      task.setFinishTime(Timestamps.fromMillis(finishedAtMillis));
    }
    if (result != null) {
      result(task, result, form, detail);
    }
    return task.build();
  }

  private static void result(
      Task.Builder task, ResultBody result, PayloadForm form, Detail detail) {
    if (result.usage() != null) {
      task.setUsage(result.usage());
    }
    boolean asked = detail == Detail.FULL || detail == Detail.WITHOUT_REQUEST;
    if (asked && result.contentType() != null && result.payload() != null) {
      task.setResult(PayloadForms.render(result.contentType(), result.payload(), form));
    }
  }

  /** Of the uncharged ones the latest. */
  private static List<Attempt> attempts(List<AttemptRecord> history) {
    int surplus = -MAX_UNCHARGED;
    for (AttemptRecord record : history) {
      surplus += record.outcome().isCharged() ? 0 : 1;
    }
    List<Attempt> attempts = new ArrayList<>(history.size());
    for (AttemptRecord record : history) {
      if (record.outcome().isCharged() || surplus-- <= 0) {
        attempts.add(CoreProtos.toProto(record));
      }
    }
    return attempts;
  }

  private static Attempt current(
      int number,
      @Nullable String nodeId,
      @Nullable String incarnation,
      long assignedAtMillis,
      long startedAtMillis) {
    Attempt.Builder attempt = Attempt.newBuilder().setNumber(number);
    if (nodeId != null) {
      attempt.setNodeId(nodeId);
    }
    if (incarnation != null) {
      attempt.setIncarnation(incarnation);
    }
    attempt.setAssignTime(time(assignedAtMillis));
    if (startedAtMillis > 0) {
      attempt.setStartTime(time(startedAtMillis));
    }
    return attempt.build();
  }

  private static boolean isPushed(TaskState state) {
    return state == TaskState.ASSIGNED || state == TaskState.RUNNING;
  }

  private static TaskBody body(Opaque body) {
    return (TaskBody) body;
  }

  private static Timestamp time(long millis) {
    return Timestamps.fromMillis(millis);
  }
}
