package io.reefmesh.balancer;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The request ids seen lately, so that a repeated request returns the task of the first. */
final class RequestIds {

  private record Key(String project, String requestId) {}

  /** The task that a request made, and the digest of its content. */
  record Known(TaskId id, String digest) {}

  private record Aging(Key key, TaskId id) {}

  private final long keepMillis;
  private final int limit;
  private final Map<Key, Known> known = new HashMap<>();

  /** In id order, hence in the order of creation. */
  private final ArrayDeque<Aging> aging = new ArrayDeque<>();

  /**
   * @param limit how many are known at most, but for those that the store brings back
   */
  RequestIds(long keepMillis, int limit) {
    this.keepMillis = keepMillis;
    this.limit = limit;
  }

  @Nullable Known find(String project, String requestId, long nowMillis) {
    forgetOld(nowMillis);
    return known.get(new Key(project, requestId));
  }

  /** Whether there is no room for another one. */
  boolean isFull() {
    return aging.size() >= limit;
  }

  void remember(String project, String requestId, String digest, TaskId id) {
    Key key = new Key(project, requestId);
    known.put(key, new Known(id, digest));
    aging.addLast(new Aging(key, id));
  }

  private void forgetOld(long nowMillis) {
    Aging oldest;
    while ((oldest = aging.peekFirst()) != null
        && oldest.id().createdAtMillis() + keepMillis <= nowMillis) {
      aging.removeFirst();
      Known present = known.get(oldest.key());
      // Once forgotten, the request id may have made another task, which is known for its own time.
      if (present != null && present.id().equals(oldest.id())) {
        known.remove(oldest.key());
      }
    }
  }
}
