package io.reefmesh.gateway.service;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskQuery;
import io.reefmesh.gateway.store.TaskStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads of history: on a small pool of their own, so that no network thread ever waits for a disk.
 */
public final class StoreReads implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(StoreReads.class);

  private static final int THREADS = 2;
  private static final int MAX_WAITING = 1_024;

  private final TaskStore store;
  private final ExecutorService pool;

  /** Reads from this store. */
  public StoreReads(TaskStore store) {
    this(store, pool());
  }

  /** The same by threads of the caller's, which are shut down with it. */
  public StoreReads(TaskStore store, ExecutorService pool) {
    this.store = store;
    this.pool = pool;
  }

  private static ExecutorService pool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            work -> {
              Thread thread = new Thread(work, "reefmesh-store-read");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Reads one task of a project; null: the project has no such task. The answer comes on a thread
   * of the pool, or, if nothing has to be read, before this returns.
   */
  void find(
      String project,
      TaskId id,
      Consumer<@Nullable StoredTask> then,
      Consumer<StatusRuntimeException> otherwise) {
    StoredTask lately = store.endedLately(id);
    if (lately != null) {
      hand(() -> ofProject(lately, project), then, otherwise);
      return;
    }
    read(() -> ofProject(store.read(List.of(id)).get(id), project), then, otherwise);
  }

  private static @Nullable StoredTask ofProject(@Nullable StoredTask task, String project) {
    return task != null && task.project().equals(project) ? task : null;
  }

  /** Reads what one task was asked for; null: there is no such task. */
  void payload(
      TaskId id, Consumer<@Nullable ByteString> then, Consumer<StatusRuntimeException> otherwise) {
    read(() -> store.payloads(List.of(id)).get(id), then, otherwise);
  }

  /** Reads several tasks; unknown ids are absent from the answer. */
  void findAll(
      List<TaskId> ids,
      Consumer<Map<TaskId, StoredTask>> then,
      Consumer<StatusRuntimeException> otherwise) {
    read(() -> store.read(ids), then, otherwise);
  }

  void list(
      TaskQuery query, Consumer<TaskQuery.Page> then, Consumer<StatusRuntimeException> otherwise) {
    read(() -> store.list(query), then, otherwise);
  }

  private <T extends @Nullable Object> void read(
      Supplier<T> reading, Consumer<T> then, Consumer<StatusRuntimeException> otherwise) {
    try {
      pool.execute(() -> hand(reading, then, otherwise));
    } catch (RejectedExecutionException e) {
      otherwise.accept(
          Refusals.overloaded(Refusals.Limit.READS, MAX_WAITING, Duration.ofSeconds(1)));
    }
  }

  private static <T extends @Nullable Object> void hand(
      Supplier<T> reading, Consumer<T> then, Consumer<StatusRuntimeException> otherwise) {
    try {
      then.accept(reading.get());
    } catch (StatusRuntimeException refusal) {
      otherwise.accept(refusal);
    } catch (RuntimeException e) {
      // Whatever it is: a caller waits.
      log.error("reading history failed: {}", e.toString());
      otherwise.accept(Refusals.unavailable(Refusals.Absence.STORE_FAILED));
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
