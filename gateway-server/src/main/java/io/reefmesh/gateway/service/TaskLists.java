package io.reefmesh.gateway.service;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.PageTokens;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.TaskRenderer;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskQuery;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.ListTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskFilter;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lists tasks: a page comes from the store, which has everything that is durable, and tasks on it that
 * are live are then shown as the engine sees them.
 */
final class TaskLists {

  private static final int DEFAULT_PAGE = 50;
  private static final int MAX_LABELS = 8;

  private final Engine engine;
  private final StoreReads reads;
  private final TaskFeeds feeds;
  private final int maxPage;

  TaskLists(Engine engine, StoreReads reads, TaskFeeds feeds, int maxPage) {
    this.engine = engine;
    this.reads = reads;
    this.feeds = feeds;
    this.maxPage = maxPage;
  }

  void list(String project, ListTasksRequest request, Reply<ListTasksResponse> reply) {
    TaskQuery query = queryOf(project, request);
    reads.list(query, page -> overlay(project, request, query, page, reply), reply::refuse);
  }

  private void overlay(
      String project,
      ListTasksRequest request,
      TaskQuery query,
      TaskQuery.Page page,
      Reply<ListTasksResponse> reply) {
    ImmutableList<TaskId> live =
        page.tasks().stream()
            .filter(task -> !task.state().isFinal())
            .map(StoredTask::id)
            .collect(ImmutableList.toImmutableList());
    ReplyTo replyTo =
        answer ->
            reply.sendOrRefuse(
                () -> render(project, request, query, page, ((Answer.Views) answer).tasks()));
    engine.post(new Event.Look(replyTo, live));
  }

  private ListTasksResponse render(
      String project,
      ListTasksRequest request,
      TaskQuery query,
      TaskQuery.Page page,
      ImmutableList<TaskView> live) {
    Map<TaskId, TaskView> views = new HashMap<>();
    live.forEach(view -> views.put(view.id(), view));
    TaskRenderer.Detail detail =
        request.getIncludePayloads() ? TaskRenderer.Detail.FULL : TaskRenderer.Detail.BARE;
    ListTasksResponse.Builder response = ListTasksResponse.newBuilder();
    for (StoredTask stored : page.tasks()) {
      Task task = render(stored, views.get(stored.id()), query, request, detail);
      if (task != null) {
        response.addTasks(task);
      }
    }
    TaskId next = page.next();
    if (next != null) {
      response.setNextPageToken(PageTokens.tasks(project, request.getFilter(), next));
    }
    return response.build();
  }

  /** Null: since the page was read, the task has gone to a state that was not asked for. */
  private @Nullable Task render(
      StoredTask stored,
      @Nullable TaskView view,
      TaskQuery query,
      ListTasksRequest request,
      TaskRenderer.Detail detail) {
    if (view == null) {
      return TaskRenderer.render(stored, request.getPayloadForm(), detail);
    }
    ImmutableSet<TaskState> asked = states(request.getFilter());
    boolean wanted =
        (asked.isEmpty() || asked.contains(view.state()))
            && (query.nodeId() == null || query.nodeId().equals(view.nodeId()));
    return wanted
        ? TaskRenderer.render(
            view, feeds.firstOutputMillis(view.id()), request.getPayloadForm(), detail)
        : null;
  }

  private TaskQuery queryOf(String project, ListTasksRequest request) {
    TaskFilter filter = request.getFilter();
    int size = request.getPageSize() == 0 ? DEFAULT_PAGE : request.getPageSize();
    if (size < 1 || size > maxPage) {
      throw Refusals.invalid("page_size", "must be from 1 to " + maxPage + ", or absent");
    }
    if (filter.getLabelsCount() > MAX_LABELS) {
      throw Refusals.invalid("filter.labels", "must be at most " + MAX_LABELS);
    }
    return new TaskQuery(
        project,
        stored(states(filter)),
        orNull(filter.getType()),
        orNull(filter.getNodeId()),
        orNull(filter.getSessionId()),
        ImmutableMap.copyOf(filter.getLabelsMap()),
        millis(filter.hasCreatedAfter(), filter.getCreatedAfter(), "filter.created_after"),
        millis(filter.hasCreatedBefore(), filter.getCreatedBefore(), "filter.created_before"),
        PageTokens.readTasks(project, request).orElse(null),
        size);
  }

  private static ImmutableSet<TaskState> states(TaskFilter filter) {
    ImmutableSet.Builder<TaskState> states = ImmutableSet.builder();
    for (io.reefmesh.v1.TaskState state : filter.getStatesList()) {
      switch (state) {
        case TASK_STATE_QUEUED -> states.add(TaskState.QUEUED);
        case TASK_STATE_ASSIGNED -> states.add(TaskState.ASSIGNED);
        case TASK_STATE_RUNNING -> states.add(TaskState.RUNNING);
        case TASK_STATE_SUCCEEDED -> states.add(TaskState.SUCCEEDED);
        case TASK_STATE_FAILED -> states.add(TaskState.FAILED);
        case TASK_STATE_CANCELLED -> states.add(TaskState.CANCELLED);
        case TASK_STATE_EXPIRED -> states.add(TaskState.EXPIRED);
        case TASK_STATE_UNSPECIFIED, UNRECOGNIZED ->
            throw Refusals.invalid("filter.states", "holds a value that is no state");
      }
    }
    return states.build();
  }

  /** The store does not tell RUNNING from ASSIGNED. */
  private static ImmutableSet<TaskState> stored(ImmutableSet<TaskState> states) {
    return states.stream()
        .map(state -> state == TaskState.RUNNING ? TaskState.ASSIGNED : state)
        .collect(ImmutableSet.toImmutableSet());
  }

  private static long millis(
      boolean isSet, com.google.protobuf.Timestamp time, String field) {
    if (!isSet) {
      return 0;
    }
    if (!Timestamps.isValid(time)) {
      throw Refusals.invalid(field, "is no valid time");
    }
    return Math.max(1, Timestamps.toMillis(time));
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
