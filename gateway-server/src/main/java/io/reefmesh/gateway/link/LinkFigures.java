package io.reefmesh.gateway.link;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How links fare, since the gateway started. Thread-safe. */
public final class LinkFigures {

  /** What nodes may say of attempts: shown from the start, so that a first one is seen to come. */
  private static final List<String> NEWS =
      List.of("accepted", "finished", "held", "output", "refused", "stopped");

  private final LongAdder welcomes = new LongAdder();
  private final LongAdder reconnects = new LongAdder();
  private final LongAdder refusedAssignments = new LongAdder();

  /** By kind of news, of which the dispatcher knows a few. */
  private final Map<String, LongAdder> stale = new ConcurrentHashMap<>();

  /** Nodes that were linked and are not forgotten: no more than the dispatcher knows. */
  private final Set<String> seen = ConcurrentHashMap.newKeySet();

  LinkFigures() {
    NEWS.forEach(what -> stale.put(what, new LongAdder()));
  }

  void welcomed(String nodeId) {
    welcomes.increment();
    if (!seen.add(nodeId)) {
      reconnects.increment();
    }
  }

  /** The node is not known any more: should it come back, that is a first link. */
  public void forgotten(String nodeId) {
    seen.remove(nodeId);
  }

  void assignmentRefused() {
    refusedAssignments.increment();
  }

  void stale(String what) {
    stale.computeIfAbsent(what, kind -> new LongAdder()).increment();
  }

  /** Links that were taken in. */
  public long welcomes() {
    return welcomes.sum();
  }

  /** Of them, those of nodes that had been linked before. */
  public long reconnects() {
    return reconnects.sum();
  }

  /** Assignments that found a link's outbox full, and went back to the queue. */
  public long refusedAssignments() {
    return refusedAssignments.sum();
  }

  /** News of attempts that did not count, by kind of news. */
  public Map<String, Long> stale() {
    Map<String, Long> counts = new TreeMap<>();
    stale.forEach((what, count) -> counts.put(what, count.sum()));
    return counts;
  }
}
