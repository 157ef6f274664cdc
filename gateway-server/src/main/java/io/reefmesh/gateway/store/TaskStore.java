package io.reefmesh.gateway.store;

import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Where tasks are kept. One contract test runs on every implementation.
 *
 * <p>Threads: {@link #acquire}, {@link #load}, {@link #commit} and {@link #expire} are called by
 * one thread, the engine's. {@link #read} and {@link #list} may be called by any thread at any time
 * and see whole commits only. Every method may throw {@link StoreException}.
 */
public interface TaskStore extends AutoCloseable {

  /** The kind, for operators: "sqlite" or "memory". */
  String name();

  /**
   * Takes the right to write, with an epoch above all before. Older leases are refused from now on.
   */
  WriteLease acquire();

  /**
   * Reads everything that the engine must know: all tasks without an outcome, in id order, then the
   * request ids of tasks created at or after {@code requestIdsFromMillis}.
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

  /** Tasks by id. Unknown ids are absent from the answer. */
  Map<TaskId, StoredTask> read(Collection<TaskId> ids);

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

    /** A task without an outcome. */
    void task(StoredTask task);

    /** A request id and the task it made. */
    void requestId(String project, String requestId, String digest, TaskId id);
  }
}
