package io.reefmesh.gateway.service;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.store.CoreProtos;
import io.reefmesh.gateway.store.TaskQuery;
import io.reefmesh.v1.TaskFilter;
import org.jspecify.annotations.Nullable;

/** What callers say of the tasks they mean, checked and as the store takes it. */
final class TaskFilters {

  private static final int MAX_LABELS = 8;

  private TaskFilters() {}

  /**
   * The query of a filter, newest first.
   *
   * @param states any of these; empty: all
   * @param before with ids below this one; null: from the newest
   * @param limit how many at most
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT for what no filter may say
   */
  static TaskQuery query(
      String project,
      TaskFilter filter,
      ImmutableSet<TaskState> states,
      @Nullable TaskId before,
      int limit) {
    if (filter.getLabelsCount() > MAX_LABELS) {
      throw Refusals.invalid("filter.labels", "must be at most " + MAX_LABELS);
    }
    return new TaskQuery(
        project,
        stored(states),
        orNull(filter.getType()),
        orNull(filter.getNodeId()),
        orNull(filter.getSessionId()),
        ImmutableMap.copyOf(filter.getLabelsMap()),
        millis(filter.hasCreatedAfter(), filter.getCreatedAfter(), "filter.created_after"),
        millis(filter.hasCreatedBefore(), filter.getCreatedBefore(), "filter.created_before"),
        before,
        limit);
  }

  /** How many a caller wants, or the default. */
  static int size(int asked, int otherwise, int max, String field) {
    int size = asked == 0 ? otherwise : asked;
    if (size < 1 || size > max) {
      throw Refusals.invalid(field, "must be from 1 to " + max + ", or absent");
    }
    return size;
  }

  /** The states that a filter names. */
  static ImmutableSet<TaskState> states(TaskFilter filter) {
    ImmutableSet.Builder<TaskState> states = ImmutableSet.builder();
    for (io.reefmesh.v1.TaskState state : filter.getStatesList()) {
      try {
        states.add(CoreProtos.fromProto(state));
      } catch (IllegalArgumentException e) {
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

  private static long millis(boolean isSet, Timestamp time, String field) {
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
