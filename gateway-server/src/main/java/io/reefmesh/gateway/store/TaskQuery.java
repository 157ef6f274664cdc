package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * Which tasks to read, newest first, or oldest first when there is an {@code after}. All conditions
 * that are set must hold.
 *
 * @param project the project
 * @param states any of these; empty: all. ASSIGNED stands for RUNNING too, which is not stored
 * @param type of this type
 * @param nodeId current or last attempt on this node
 * @param session of this session
 * @param labels carrying these labels
 * @param createdAfterMillis created at or after; 0: any
 * @param createdBeforeMillis created before; 0: any
 * @param before with ids below this one (the page cursor); null: from the newest
 * @param after with ids above this one, oldest first (the page cursor then); null: newest first
 * @param limit how many rows at most
 */
public record TaskQuery(
    String project,
    ImmutableSet<TaskState> states,
    @Nullable String type,
    @Nullable String nodeId,
    @Nullable String session,
    ImmutableMap<String, String> labels,
    long createdAfterMillis,
    long createdBeforeMillis,
    @Nullable TaskId before,
    @Nullable TaskId after,
    int limit) {

  /** Newest first. */
  public TaskQuery(
      String project,
      ImmutableSet<TaskState> states,
      @Nullable String type,
      @Nullable String nodeId,
      @Nullable String session,
      ImmutableMap<String, String> labels,
      long createdAfterMillis,
      long createdBeforeMillis,
      @Nullable TaskId before,
      int limit) {
    this(
        project,
        states,
        type,
        nodeId,
        session,
        labels,
        createdAfterMillis,
        createdBeforeMillis,
        before,
        null,
        limit);
  }

  /** The same, oldest first, with ids above one and below another. */
  public TaskQuery oldestFirst(TaskId above, TaskId below) {
    return new TaskQuery(
        project,
        states,
        type,
        nodeId,
        session,
        labels,
        createdAfterMillis,
        createdBeforeMillis,
        below,
        above,
        limit);
  }

  /**
   * What a query found.
   *
   * @param tasks in the query's order, at most as many as asked for
   * @param next where to go on: pass it as {@code before}, or as {@code after} when the oldest go
   *     first; null: there is no more
   */
  public record Page(java.util.List<StoredTask> tasks, @Nullable TaskId next) {}
}
