package io.reefmesh.gateway.service;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.PageTokens;
import io.reefmesh.gateway.door.TaskRenderer;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskQuery;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.ListTasksResponse;
import io.reefmesh.v1.Task;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lists tasks: a page comes from the store, which has everything that is durable; tasks on it that
 * are live are then shown as the engine sees them, and those that ended in between as they ended.
 *
 * <p>Pages follow the ids, which never change and grow with time: so no task is shown twice, and
 * none is left out that was there at the first page and matches all along.
 */
final class TaskLists {

  private static final int DEFAULT_PAGE = 50;

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
    int size = TaskFilters.size(request.getPageSize(), DEFAULT_PAGE, maxPage, "page_size");
    ImmutableSet<TaskState> states = TaskFilters.states(request.getFilter());
    TaskId before = PageTokens.readTasks(project, request).orElse(null);
    TaskQuery query = TaskFilters.query(project, request.getFilter(), states, before, size);
    reads.list(
        query, page -> new Listing(project, request, states, page, reply).look(), reply::refuse);
  }

  /** One page on its way to its reader. */
  private final class Listing {

    private final String project;
    private final ListTasksRequest request;
    private final ImmutableSet<TaskState> states;
    private final TaskQuery.Page page;
    private final Reply<ListTasksResponse> reply;

    Listing(
        String project,
        ListTasksRequest request,
        ImmutableSet<TaskState> states,
        TaskQuery.Page page,
        Reply<ListTasksResponse> reply) {
      this.project = project;
      this.request = request;
      this.states = states;
      this.page = page;
      this.reply = reply;
    }

    /** Asks the engine for those that had not ended when the page was read. */
    void look() {
      ImmutableList<TaskId> open =
          page.tasks().stream()
              .filter(task -> !task.state().isFinal())
              .map(StoredTask::id)
              .collect(ImmutableList.toImmutableList());
      if (open.isEmpty()) {
        reply.sendOrRefuse(() -> response(Map.of(), Map.of()));
        return;
      }
      ReplyTo replyTo =
          answer -> {
            Map<TaskId, TaskView> live = new HashMap<>();
            ((Answer.Views) answer).tasks().forEach(view -> live.put(view.id(), view));
            List<TaskId> ended = open.stream().filter(id -> !live.containsKey(id)).toList();
            if (ended.isEmpty()) {
              reply.sendOrRefuse(() -> response(live, Map.of()));
            } else {
              reads.findAll(
                  ended, again -> reply.sendOrRefuse(() -> response(live, again)), reply::refuse);
            }
          };
      engine.post(new Event.Look(replyTo, open));
    }

    private ListTasksResponse response(
        Map<TaskId, TaskView> live, Map<TaskId, StoredTask> endedSince) {
      ListTasksResponse.Builder response = ListTasksResponse.newBuilder();
      for (StoredTask read : page.tasks()) {
        TaskView view = live.get(read.id());
        StoredTask stored = endedSince.getOrDefault(read.id(), read);
        TaskState state = view == null ? stored.state() : view.state();
        @Nullable String node = view == null ? stored.nodeId() : view.nodeId();
        if (isWanted(state, node)) {
          response.addTasks(render(stored, view));
        }
      }
      TaskId next = page.next();
      if (next != null) {
        response.setNextPageToken(PageTokens.tasks(project, request.getFilter(), next));
      }
      return response.build();
    }

    /** What may have changed since the page was read; all else about a task is fixed. */
    private boolean isWanted(TaskState state, @Nullable String node) {
      String askedNode = request.getFilter().getNodeId();
      return (states.isEmpty() || states.contains(state))
          && (askedNode.isEmpty() || Objects.equals(askedNode, node));
    }

    private Task render(StoredTask stored, @Nullable TaskView view) {
      TaskRenderer.Detail detail =
          request.getIncludePayloads() ? TaskRenderer.Detail.FULL : TaskRenderer.Detail.BARE;
      return view == null
          ? TaskRenderer.render(stored, request.getPayloadForm(), detail)
          : TaskRenderer.render(
              TaskRenderer.withPayload(view, stored.payload()),
              feeds.firstOutputMillis(view.id()),
              request.getPayloadForm(),
              detail);
    }
  }
}
