package io.reefmesh.gateway.store;

import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A store that forgets everything when the process ends: for tests and for trying things out. It
 * keeps the whole contract but durability, and all tasks on the heap.
 *
 * <p>Thread-safe: one lock around everything.
 */
public final class InMemoryTaskStore implements TaskStore {

  private final NavigableMap<TaskId, StoredTask> tasks = new TreeMap<>();
  private final NavigableMap<TaskId, RequestId> forgotten = new TreeMap<>();
  private long epoch;
  private long durableMillis;

  /** How many of the tasks have an outcome. */
  private long ended;

  private final StoreHealth health = new StoreHealth();

  private record RequestId(String project, String requestId, String digest) {

    static @Nullable RequestId of(StoredTask task) {
      String requestId = task.requestId();
      return requestId == null
          ? null
          : new RequestId(task.project(), requestId, Objects.requireNonNullElse(task.digest(), ""));
    }
  }

  /** What a gateway would find that starts after this one stopped. For tests of restarts. */
  synchronized InMemoryTaskStore copy() {
    InMemoryTaskStore copy = new InMemoryTaskStore();
    copy.tasks.putAll(tasks);
    copy.forgotten.putAll(forgotten);
    copy.epoch = epoch;
    copy.durableMillis = durableMillis;
    copy.ended = ended;
    return copy;
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public synchronized WriteLease acquire() {
    health.checkWritable();
    return new WriteLease(++epoch);
  }

  @Override
  public synchronized long load(WriteLease lease, long requestIdsFromMillis, LoadSink sink) {
    health.checkWritable();
    fence(lease);
    sink.begin(durableMillis);
    boolean withPayloads = true;
    for (StoredTask task : tasks.values()) {
      if (!task.state().isFinal()) {
        withPayloads = withPayloads && sink.wantsPayload(task.body().payloadBytes());
        TaskBody body = task.body().copy();
        if (!withPayloads) {
          body.letPayloadGo();
        }
        sink.task(task.withBody(body));
      }
    }
    requestIds(TaskId.floor(requestIdsFromMillis))
        .forEach((id, row) -> sink.requestId(row.project(), row.requestId(), row.digest(), id));
    return durableMillis;
  }

  private NavigableMap<TaskId, RequestId> requestIds(TaskId from) {
    NavigableMap<TaskId, RequestId> rows = new TreeMap<>(forgotten.tailMap(from, true));
    tasks
        .tailMap(from, true)
        .forEach(
            (id, task) -> {
              RequestId row = RequestId.of(task);
              if (row != null) {
                rows.put(id, row);
              }
            });
    return rows;
  }

  @Override
  public synchronized CompletionStage<Void> commit(
      WriteLease lease, List<Mutation> mutations, long nowMillis) {
    try {
      health.checkWritable();
      fence(lease);
      Map<TaskId, StoredTask> changed = new HashMap<>();
      long latest = Math.max(durableMillis, nowMillis);
      for (Mutation mutation : mutations) {
        TaskId id = mutation.id();
        StoredTask before = changed.containsKey(id) ? changed.get(id) : tasks.get(id);
        changed.put(id, TaskFold.apply(before, mutation));
        latest = Math.max(latest, TaskFold.timeOf(mutation));
      }
      ended += mutations.stream().filter(Mutation.Ended.class::isInstance).count();
      tasks.putAll(changed);
      durableMillis = latest;
      return CompletableFuture.completedFuture(null);
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(health.broke(StoreErrors.unexpected(e)));
    }
  }

  @Override
  public synchronized Map<TaskId, StoredTask> read(Collection<TaskId> ids) {
    health.checkOpen();
    Map<TaskId, StoredTask> found = new LinkedHashMap<>();
    for (TaskId id : ids) {
      StoredTask task = tasks.get(id);
      if (task != null) {
        found.put(id, task);
      }
    }
    return found;
  }

  @Override
  public synchronized TaskQuery.Page list(TaskQuery query) {
    health.checkOpen();
    PageLimits.IdRange range = PageLimits.IdRange.of(query);
    List<StoredTask> page = new ArrayList<>();
    if (range.isEmpty()) {
      return new TaskQuery.Page(page, null);
    }
    long bytes = 0;
    int looked = 0;
    TaskId from = new TaskId(range.from());
    TaskId below = new TaskId(range.below());
    NavigableMap<TaskId, StoredTask> rows = tasks.subMap(from, true, below, false);
    boolean upwards = query.after() != null;
    for (StoredTask task : (upwards ? rows : rows.descendingMap()).values()) {
      if (looked++ == PageLimits.ROWS_LOOKED_AT) {
        return new TaskQuery.Page(page, new TaskId(task.id().value() + (upwards ? -1 : 1)));
      }
      if (!matches(query, task)) {
        continue;
      }
      if (page.size() == query.limit() || bytes > PageLimits.PAGE_BYTES) {
        return new TaskQuery.Page(page, page.get(page.size() - 1).id());
      }
      page.add(task);
      bytes += PageLimits.bytesOf(task);
    }
    return new TaskQuery.Page(page, null);
  }

  private static boolean matches(TaskQuery query, StoredTask task) {
    return query.project().equals(task.project())
        && PageLimits.admits(query.states(), task.state())
        && (query.type() == null || query.type().equals(task.type()))
        && (query.nodeId() == null || query.nodeId().equals(task.nodeId()))
        && (query.session() == null || query.session().equals(task.session()))
        && PageLimits.carries(task.body().spec().getLabelsMap(), query);
  }

  @Override
  public synchronized int expire(
      WriteLease lease, long finishedBeforeMillis, long keepAtMost, int limit) {
    health.checkWritable();
    fence(lease);
    TaskId keepFrom = TaskId.floor(durableMillis - TaskFold.REQUEST_IDS_KEPT.toMillis());
    long tooMany = ended - keepAtMost;
    List<StoredTask> leaving =
        tooMany > 0
            ? ended(Long.MAX_VALUE, Math.min(tooMany, limit))
            : ended(finishedBeforeMillis, limit);
    for (StoredTask task : leaving) {
      tasks.remove(task.id());
      RequestId row = RequestId.of(task);
      if (row != null) {
        forgotten.put(task.id(), row);
      }
    }
    forgotten.headMap(keepFrom, false).clear();
    ended -= leaving.size();
    return leaving.size();
  }

  private List<StoredTask> ended(long finishedBeforeMillis, long limit) {
    return tasks.values().stream()
        .filter(task -> task.state().isFinal() && task.finishedAtMillis() < finishedBeforeMillis)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized void close() {
    if (health.close()) {
      tasks.clear();
      forgotten.clear();
    }
  }

  private void fence(WriteLease lease) {
    if (lease.epoch() != epoch) {
      throw health.broke(StoreErrors.fenced(lease));
    }
  }
}
