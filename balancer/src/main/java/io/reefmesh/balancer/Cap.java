package io.reefmesh.balancer;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many tasks of a project, or of one concurrency key in it, run at once. The permits taken are
 * the leases and holds that are in here, each at most once: nothing is counted up and down.
 */
final class Cap {

  /** Whom it holds for; {@code concurrencyKey} null: for the whole project. */
  record Key(String project, @Nullable String concurrencyKey) {}

  final Key key;
  final int limit;

  /** Lanes of ready tasks under this cap; those aside wait for a permit. */
  int lanes;

  private final Set<CappedLane> aside = new LinkedHashSet<>();

  /** Never walked in order: leases and holds are compared by identity. */
  private final Set<Timed> taken = new HashSet<>();

  Cap(Key key, int limit) {
    this.key = key;
    this.limit = limit;
  }

  boolean isFull() {
    return taken.size() >= limit;
  }

  int taken() {
    return taken.size();
  }

  boolean isTakenBy(Timed leaseOrHold) {
    return taken.contains(leaseOrHold);
  }

  void take(Timed leaseOrHold) {
    taken.add(leaseOrHold);
  }

  void free(Timed leaseOrHold) {
    taken.remove(leaseOrHold);
  }

  boolean isIdle() {
    return taken.isEmpty() && lanes == 0;
  }

  void setAside(CappedLane lane) {
    aside.add(lane);
  }

  void noLongerAside(CappedLane lane) {
    aside.remove(lane);
  }

  /** Takes out the lanes that wait. */
  List<CappedLane> takeAside() {
    List<CappedLane> waiting = List.copyOf(aside);
    aside.clear();
    return waiting;
  }

  boolean hasAside() {
    return !aside.isEmpty();
  }

  /** The task in the way, when there is just one. */
  @Nullable TaskId onlyHolder() {
    if (taken.size() != 1) {
      return null;
    }
    Timed holder = taken.iterator().next();
    return holder instanceof TaskEntry task
        ? task.id
        : holder instanceof Hold hold ? hold.id : null;
  }

  /** For people: "project p is at its cap: 5 of 5 running". */
  String told() {
    String whose =
        key.concurrencyKey() == null
            ? "project " + key.project()
            : "concurrency key " + key.concurrencyKey();
    return whose + " is at its cap: " + taken.size() + " of " + limit + " running";
  }
}
