package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableSet;
import com.google.protobuf.ByteString;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one call of {@link TaskStore#list} may cost, and the rows that its query can mean at all.
 */
final class PageLimits {

  /** How many rows a call looks at: some milliseconds of work, whatever the filter. */
  static final int ROWS_LOOKED_AT = 5_000;

  /** Payload and result bytes of a page, after which it ends early: it must fit into memory. */
  static final long PAGE_BYTES = 8L << 20;

  /** The first millisecond that no task id can carry. */
  private static final long END_OF_IDS_MILLIS = TaskId.EPOCH_MILLIS + (1L << 41);

  private PageLimits() {}

  /**
   * The ids that a query may find, from its cursor and its times.
   *
   * @param from the lowest, included
   * @param below above the highest
   */
  record IdRange(long from, long below) {

    static IdRange of(TaskQuery query) {
      if (query.limit() < 1) {
        throw new IllegalArgumentException("a page holds one task or more, not " + query.limit());
      }
      long from = floor(query.createdAfterMillis());
      long below =
          query.createdBeforeMillis() == 0 ? Long.MAX_VALUE : floor(query.createdBeforeMillis());
      TaskId before = query.before();
      TaskId after = query.after();
      return new IdRange(
          after == null ? from : Math.max(from, after.value() + 1),
          before == null ? below : Math.min(below, before.value()));
    }

    boolean isEmpty() {
      return from >= below;
    }

    private static long floor(long epochMillis) {
      return epochMillis >= END_OF_IDS_MILLIS ? Long.MAX_VALUE : TaskId.floor(epochMillis).value();
    }
  }

  /**
   * Whether a filter admits a stored state. ASSIGNED and RUNNING are one: only the first is kept.
   */
  static boolean admits(ImmutableSet<TaskState> states, TaskState stored) {
    return states.isEmpty()
        || states.contains(stored)
        || (stored == TaskState.ASSIGNED && states.contains(TaskState.RUNNING));
  }

  /** Whether labels include all those that the query asks for. */
  static boolean carries(Map<String, String> labels, TaskQuery query) {
    return labels.entrySet().containsAll(query.labels().entrySet());
  }

  static long bytesOf(StoredTask task) {
    ResultBody result = task.result();
    @Nullable ByteString payload = result == null ? null : result.payload();
    return task.body().payloadBytes() + (payload == null ? 0L : payload.size());
  }
}
