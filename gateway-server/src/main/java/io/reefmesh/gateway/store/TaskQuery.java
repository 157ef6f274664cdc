package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * Which tasks to read, newest first. All conditions that are set must hold.
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
    int limit) {

  /**
   * What a query found.
   *
   * @param tasks newest first, at most as many as asked for
   * @param next where to go on: pass it as {@code before}; null: there is no more
   */
  public record Page(java.util.List<StoredTask> tasks, @Nullable TaskId next) {}
}
