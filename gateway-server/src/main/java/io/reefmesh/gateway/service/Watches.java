package io.reefmesh.gateway.service;

import com.google.common.collect.ImmutableList;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.watch.Cursor;
import io.reefmesh.gateway.watch.FeedReader;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.TaskEvent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens streams that follow tasks, and counts them. */
final class Watches {

  private final Engine engine;
  private final TaskFeeds feeds;
  private final StoreReads reads;
  private final int limit;
  private final int limitPerTask;
  private final AtomicInteger open = new AtomicInteger();

  /**
   * @param limit streams that may be open at once
   * @param limitPerTask of them for one task
   */
  Watches(Engine engine, TaskFeeds feeds, StoreReads reads, int limit, int limitPerTask) {
    this.engine = engine;
    this.feeds = feeds;
    this.reads = reads;
    this.limit = limit;
    this.limitPerTask = limitPerTask;
  }

  /**
   * Sets a stream up; it follows nothing yet.
   *
   * @throws StatusRuntimeException RESOURCE_EXHAUSTED when too many are open
   */
  <T> TaskWatch<T> open(
      ServerCallStreamObserver<T> stream,
      PayloadForm form,
      Function<TaskEvent, T> wrap,
      Runnable onClose) {
    if (open.incrementAndGet() > limit) {
      open.decrementAndGet();
      throw Refusals.overloaded(Refusals.Limit.WATCHERS, limit, Duration.ofSeconds(5));
    }
    return new TaskWatch<>(
        stream,
        feeds,
        reads,
        form,
        wrap,
        () -> {
          open.decrementAndGet();
          onClose.run();
        });
  }

  /** How many streams are open. */
  int count() {
    return open.get();
  }

  /** Lets a stream follow a task, wherever the task stands. */
  void follow(TaskWatch<?> watch, String project, TaskId id, @Nullable Cursor cursor) {
    follow(watch, project, id, cursor, () -> Refusals.notFound("task", id.toString()));
  }

  /** Lets a stream follow the task that a repeated submission has made before. */
  void followRepeated(TaskWatch<?> watch, String project, TaskId id) {
    follow(watch, project, id, null, () -> Refusals.forgotten(id));
  }

  private void follow(
      TaskWatch<?> watch,
      String project,
      TaskId id,
      @Nullable Cursor cursor,
      Supplier<StatusRuntimeException> absent) {
    engine.post(
        new Event.Look(
            (ReplyTo)
                answer -> {
                  ImmutableList<TaskView> views = ((Answer.Views) answer).tasks();
                  if (views.isEmpty()) {
                    followEnded(watch, project, id, cursor, absent);
                  } else if (views.get(0).terms().project().equals(project)) {
                    follow(watch, views.get(0), cursor);
                  } else {
                    watch.refuse(absent.get());
                  }
                },
            ImmutableList.of(id)));
  }

  /** Lets a stream follow a live task. On the engine's thread: no change comes in between. */
  void follow(TaskWatch<?> watch, TaskView task, @Nullable Cursor cursor) {
    if (isFull(task.id())) {
      refuse(watch);
      return;
    }
    if (!watch.isClosed()) {
      watch.follow(feeds.open(task, cursor, watch::drain));
    }
    if (watch.isClosed()) {
      feeds.left(task.id());
    }
  }

  /** Followers of ended tasks come by other threads: there may be a few more of these. */
  private boolean isFull(TaskId id) {
    return feeds.watchers(id) >= limitPerTask;
  }

  private void refuse(TaskWatch<?> watch) {
    watch.refuse(
        Refusals.overloaded(Refusals.Limit.TASK_WATCHERS, limitPerTask, Duration.ofSeconds(5)));
  }

  void left(TaskId id) {
    feeds.left(id);
  }

  private void followEnded(
      TaskWatch<?> watch,
      String project,
      TaskId id,
      @Nullable Cursor cursor,
      Supplier<StatusRuntimeException> absent) {
    // The store knows whose task it is; only then is its feed, if it is still kept, anyone's
    // business.
    reads.find(
        project,
        id,
        stored -> {
          if (stored == null) {
            watch.refuse(absent.get());
          } else {
            replay(watch, stored, cursor);
          }
        },
        watch::refuse);
  }

  private void replay(TaskWatch<?> watch, StoredTask stored, @Nullable Cursor cursor) {
    if (isFull(stored.id())) {
      refuse(watch);
      return;
    }
    FeedReader reader = feeds.reopen(stored.id(), cursor, watch::drain);
    if (reader != null) {
      watch.follow(reader);
    } else {
      watch.replay(stored, mayHaveWritten(stored));
    }
  }

  /** Whether there may have been output: none of it is kept. */
  private boolean mayHaveWritten(StoredTask stored) {
    return cameLate(stored)
        || stored.history().stream()
            .filter(attempt -> attempt.outcome() != AttemptOutcome.UNRECEIVED)
            .findFirst()
            .map(
                first ->
                    feeds.mayHaveForgotten(first.assignedAtMillis(), stored.finishedAtMillis()))
            .orElse(false);
  }

  /**
   * Whether its result came from a node that had been given up: what that node wrote from then on
   * did not count, and nobody here knows whether there was any.
   */
  private static boolean cameLate(StoredTask stored) {
    return stored.state() == TaskState.SUCCEEDED
        && stored.history().stream()
            .allMatch(attempt -> attempt.assignedAtMillis() < stored.queuedAtMillis());
  }
}
