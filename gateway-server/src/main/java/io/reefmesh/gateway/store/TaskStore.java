package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where tasks are kept. One contract test runs on every implementation.
 *
 * <p>Threads: {@link #acquire}, {@link #load}, {@link #commit} and {@link #expire} are called by
 * one thread, the engine's. {@link #read}, {@link #payloads} and {@link #list} may be called by any
 * thread at any time and see whole commits only. Every method may throw {@link StoreException}.
 */
public interface TaskStore extends AutoCloseable {

  /** The kind, for operators: "sqlite" or "memory". */
  String name();

  /**
   * Takes the right to write, with an epoch above all before. Older leases are refused from now on.
   */
  WriteLease acquire();

  /**
   * Reads everything that the engine must know: all tasks without an outcome, in id order, and the
   * request ids of tasks created at or after {@code requestIdsFromMillis}, in id order too.
   *
   * @return the highest time that any durable record carries, in epoch milliseconds; 0: there is
   *     none
   */
  long load(WriteLease lease, long requestIdsFromMillis, LoadSink sink);

  /**
   * Makes mutations durable: all of them or none, in order. The stage completes when they are; it
   * fails with {@link StoreException}, after which the store must not be used again ({@code
   * Kind.FENCED} included).
   *
   * @param nowMillis the engine's time, kept as the last durable time
   */
  CompletionStage<Void> commit(WriteLease lease, List<Mutation> mutations, long nowMillis);

  /**
   * A task that ended a moment ago, as {@link #read} would give it, if it is known without a disk.
   * By any thread at any time; never blocks.
   *
   * @return null: it must be read
   */
  default @Nullable StoredTask endedLately(TaskId id) {
    return null;
  }

  /** Tasks by id. Unknown ids are absent from the answer. */
  Map<TaskId, StoredTask> read(Collection<TaskId> ids);

  /**
   * The payloads of tasks by id. Unknown ids are absent from the answer. By any thread at any time;
   * it sees what was durable when it was called.
   */
  default Map<TaskId, ByteString> payloads(Collection<TaskId> ids) {
    Map<TaskId, ByteString> payloads = new LinkedHashMap<>();
    read(ids).forEach((id, task) -> payloads.put(id, task.payload()));
    return payloads;
  }

  /**
   * Tasks by query, in its order. Looks at a bounded number of rows a call, so a page may be short
   * of its limit although {@code next} says there is more.
   */
  TaskQuery.Page list(TaskQuery query);

  /**
   * Forgets ended tasks: those that finished before a time, and the oldest beyond a number. Their
   * request ids stay known. Costs a bounded amount, and no write when there is nothing to forget.
   *
   * @param keepAtMost how many ended tasks may stay
   * @return how many were forgotten, at most {@code limit}
   */
  int expire(WriteLease lease, long finishedBeforeMillis, long keepAtMost, int limit);

  @Override
  void close();

  /** Takes what {@link #load} reads. */
  interface LoadSink {

    /** Called first, with what {@link #load} will return. */
    default void begin(long durableMillis) {}

    /**
     * Whether the next task is to come with its payload, which has so many bytes. Asked for each
     * task until the answer is no; from then on they come without, if they have one at all.
     */
    default boolean wantsPayload(int bytes) {
      return true;
    }

    /** A task without an outcome. Its body is the taker's own. */
    void task(StoredTask task);

    /** A request id and the task it made. */
    void requestId(String project, String requestId, String digest, TaskId id);
  }
}
