package io.reefmesh.gateway.service;

import com.google.common.collect.ImmutableList;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.TaskRenderer;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.Task;
import java.util.function.Consumer;

/**
 * Looks one task up: with the engine while it is live, in the store once it has ended. Thread-safe.
 */
final class TaskReads {

  private final Engine engine;
  private final StoreReads reads;
  private final TaskFeeds feeds;

  TaskReads(Engine engine, StoreReads reads, TaskFeeds feeds) {
    this.engine = engine;
    this.reads = reads;
    this.feeds = feeds;
  }

  /** The task as a reader sees it. */
  void find(
      String project,
      TaskId id,
      PayloadForm form,
      Consumer<Task> then,
      Consumer<StatusRuntimeException> otherwise) {
    look(
        project,
        id,
        view -> show(view, form, then, otherwise),
        stored -> then.accept(TaskRenderer.render(stored, form, TaskRenderer.Detail.FULL)),
        otherwise);
  }

  /** The task that a repeated submission has made before: it may be forgotten by now. */
  void findRepeated(
      String project,
      TaskId id,
      PayloadForm form,
      Consumer<Task> then,
      Consumer<StatusRuntimeException> otherwise) {
    find(project, id, form, then, refusal -> otherwise.accept(orForgotten(refusal, id)));
  }

  /** A task that was accepted and is not found was forgotten. */
  static StatusRuntimeException orForgotten(StatusRuntimeException refusal, TaskId id) {
    return refusal.getStatus().getCode() == Status.Code.NOT_FOUND
        ? Refusals.forgotten(id)
        : refusal;
  }

  /**
   * The task as it stands: exactly one of the three is called, NOT_FOUND among the refusals.
   *
   * @param live on the engine's thread
   * @param ended on a thread that may wait
   */
  void look(
      String project,
      TaskId id,
      Consumer<TaskView> live,
      Consumer<StoredTask> ended,
      Consumer<StatusRuntimeException> otherwise) {
    ReplyTo replyTo =
        answer -> {
          ImmutableList<TaskView> views = ((Answer.Views) answer).tasks();
          if (views.isEmpty()) {
            lookInStore(project, id, ended, otherwise);
          } else if (views.get(0).terms().project().equals(project)) {
            live.accept(views.get(0));
          } else {
            otherwise.accept(Refusals.notFound("task", id.toString()));
          }
        };
    engine.post(new Event.Look(replyTo, ImmutableList.of(id)));
  }

  /** The task if it has ended. */
  void lookInStore(
      String project,
      TaskId id,
      Consumer<StoredTask> ended,
      Consumer<StatusRuntimeException> otherwise) {
    reads.find(
        project,
        id,
        stored -> {
          if (stored == null) {
            otherwise.accept(Refusals.notFound("task", id.toString()));
          } else {
            ended.accept(stored);
          }
        },
        otherwise);
  }

  /**
   * A live task in full, or one that ends now: at once, unless its payload must be read first. Who
   * had to wait for that sees the task as it stands then: others may have heard more by now.
   * Exactly one of the two is called.
   */
  void show(
      TaskView view,
      PayloadForm form,
      Consumer<Task> then,
      Consumer<StatusRuntimeException> otherwise) {
    TaskView whole = TaskRenderer.whole(view, TaskRenderer.Detail.FULL);
    if (whole != null) {
      then.accept(render(whole, form));
      return;
    }
    reads.payload(
        view.id(),
        payload -> {
          if (payload == null) {
            otherwise.accept(Refusals.notFound("task", view.id().toString()));
          } else if (view.state().isFinal()) {
            then.accept(render(TaskRenderer.withPayload(view, payload), form));
          } else {
            look(
                view.terms().project(),
                view.id(),
                live -> then.accept(render(TaskRenderer.withPayload(live, payload), form)),
                ended -> then.accept(TaskRenderer.render(ended, form, TaskRenderer.Detail.FULL)),
                otherwise);
          }
        },
        otherwise);
  }

  private Task render(TaskView whole, PayloadForm form) {
    return TaskRenderer.render(
        whole, feeds.firstOutputMillis(whole.id()), form, TaskRenderer.Detail.FULL);
  }
}
