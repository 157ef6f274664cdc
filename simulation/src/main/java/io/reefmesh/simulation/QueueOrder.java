package io.reefmesh.simulation;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The order of the queue as it is promised: priority and age in one key, then the older id. Among
 * tasks that need the same and may run now, none is overtaken.
 */
final class QueueOrder {

  private static final long AGEING_STEP_MILLIS = 60_000;

  private static final Comparator<Ledger.Row> FIRST_TO_GO =
      Comparator.comparingLong(QueueOrder::keyOf).thenComparing(row -> row.id);

  /** By what they need, first to go first; without sessions and refused tasks. */
  private final Map<String, NavigableSet<Ledger.Row>> waiting = new HashMap<>();

  void waits(Ledger.Row row) {
    if (isComparable(row)) {
      like(row).add(row);
    }
  }

  void leaves(Ledger.Row row) {
    if (isComparable(row)) {
      like(row).remove(row);
    }
  }

  void checkNoneOvertaken(Ledger.Row row, long nowMillis) {
    if (!isComparable(row)) {
      return;
    }
    for (Ledger.Row other : like(row).headSet(row, false)) {
      if (other.notBefore <= nowMillis) {
        throw new Violation(
            "I7 task " + row + " overtook " + other + ", which waits since " + other.notBefore);
      }
    }
  }

  private static boolean isComparable(Ledger.Row row) {
    return row.spec.getSessionId().isEmpty()
        && row.spec.getConcurrencyKey().isEmpty()
        && !row.refused;
  }

  private NavigableSet<Ledger.Row> like(Ledger.Row row) {
    return waiting.computeIfAbsent(row.spec.getType(), type -> new TreeSet<>(FIRST_TO_GO));
  }

  private static long keyOf(Ledger.Row row) {
    return row.id.createdAtMillis() + (row.spec.getPriority() - 1) * AGEING_STEP_MILLIS;
  }
}
