package io.reefmesh.simulation;

import java.util.PriorityQueue;
import java.util.function.Supplier;

/** Virtual time: what is to happen, soonest first, and a hash of all that has happened. */
final class SimTime {

  /** Far more than any seed needs: a history that goes round in circles ends here. */
  private static final long MAX_ACTIONS = 20_000_000;

  private record Planned(long atMillis, long order, Runnable action) {}

  private final PriorityQueue<Planned> planned =
      new PriorityQueue<>(
          (a, b) ->
              a.atMillis != b.atMillis
                  ? Long.compare(a.atMillis, b.atMillis)
                  : Long.compare(a.order, b.order));
  private final boolean tracing;
  private long now;
  private long done;
  private long order;
  private long hash = 1;

  SimTime(boolean tracing) {
    this.tracing = tracing;
  }

  long now() {
    return now;
  }

  void after(long millis, Runnable action) {
    planned.add(new Planned(now + Math.max(0, millis), order++, action));
  }

  /** Runs what is planned up to a time. */
  void runUntil(long untilMillis) {
    Planned next;
    while ((next = planned.peek()) != null && next.atMillis <= untilMillis) {
      planned.remove();
      now = next.atMillis;
      if (++done > MAX_ACTIONS) {
        throw new Violation("L1 the world does not come to rest at " + now + " ms");
      }
      next.action.run();
      Violation.rethrow();
    }
    now = untilMillis;
  }

  /** Something happened that the same seed must repeat. */
  void note(String what, long a, long b, Supplier<String> more) {
    long mixed = hash * 31 + what.hashCode();
    mixed = mixed * 0x9E3779B97F4A7C15L + a;
    mixed = (mixed ^ (mixed >>> 29)) * 0xBF58476D1CE4E5B9L + b;
    hash = mixed + now;
    if (tracing) {
      System.out.println(now + " " + what + " " + more.get());
    }
  }

  long hash() {
    return hash;
  }
}
