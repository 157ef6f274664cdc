package io.reefmesh.balancer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which attempt gave the outcome of lately ended tasks, to answer results that come again. */
final class RecentOutcomes {

  private static final int MAX_REMEMBERED = 65_536;

  private final Map<TaskId, Integer> attempts =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<TaskId, Integer> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /** Remembers an outcome; {@code attempt} 0: no attempt gave it. */
  void remember(TaskId id, int attempt) {
    attempts.put(id, attempt);
  }

  Effect.Ack.Status statusOf(TaskId id, int attempt) {
    @Nullable Integer recorded = attempts.get(id);
    if (recorded == null) {
      return Effect.Ack.Status.UNKNOWN;
    }
    return recorded == attempt ? Effect.Ack.Status.RECORDED : Effect.Ack.Status.STALE;
  }
}
