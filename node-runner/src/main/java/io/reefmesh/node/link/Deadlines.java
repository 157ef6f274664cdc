package io.reefmesh.node.link;

import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The held attempts that something happens to later, soonest first. */
final class Deadlines {

  private final TreeSet<Held> pending =
      new TreeSet<>(
          Comparator.<Held>comparingLong(held -> held.deadlineMillis)
              .thenComparingLong(held -> held.order));

  /** Sets, moves or (with NEVER) removes the one deadline of an attempt. */
  void set(Held held, long atMillis) {
    pending.remove(held);
    held.deadlineMillis = atMillis;
    if (atMillis != WireTime.NEVER) {
      pending.add(held);
    }
  }

  long nextMillis() {
    return pending.isEmpty() ? WireTime.NEVER : pending.first().deadlineMillis;
  }

  /** Takes the next that is due, or null. */
  @Nullable Held pollDue(long nowMillis) {
    if (nextMillis() > nowMillis) {
      return null;
    }
    Held due = pending.first();
    set(due, WireTime.NEVER);
    return due;
  }
}
