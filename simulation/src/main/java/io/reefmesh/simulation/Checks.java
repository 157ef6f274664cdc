package io.reefmesh.simulation;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Every check there is, by the name that its violations begin with. A check counts only because a
 * bug is known that makes it speak: see {@link io.reefmesh.simulation.mutants.Mutants}.
 */
public final class Checks {

  private static final Map<String, String> ALL = new LinkedHashMap<>();

  static {
    ALL.put("I1", "an acknowledged task is never lost");
    ALL.put("I2", "a task has one outcome, durable before anyone is told");
    ALL.put("I3", "only the attempt that holds the lease gives a result, or goes on");
    ALL.put("I3b", "an attempt is pushed once, after its lease is durable");
    ALL.put("I4", "attempts are bounded");
    ALL.put("I5", "a node is never given more than it has room for");
    ALL.put("I6", "a cancel that was acknowledged is final");
    ALL.put("I7", "among equals that may run none is overtaken");
    ALL.put("I8", "one request id, one task");
    ALL.put("I9", "no push before its time, within a back-off, or after a deadline");
    ALL.put("I10", "a node is given only what it can serve");
    ALL.put("I11", "watchers see a task's events in order, without gap or repeat");
    ALL.put("I12", "the record's changes give the live state, at any moment and after any crash");
    ALL.put("I13", "a gateway that was replaced writes nothing");
    ALL.put("I14", "everything has a limit, and refusals at the limit are true");
    ALL.put("J1", "a task is leased exactly while its state says so");
    ALL.put("J2", "a leased task has a timer no later than its lease");
    ALL.put("J3", "a ready task is in its ready group, and nothing else is");
    ALL.put("J4", "a delayed task has a timer no later than its delay");
    ALL.put("J5", "an ended task holds no lease, timer or place");
    ALL.put("J6", "counters equal recounts");
    ALL.put("L1", "every task ends in time once faults have stopped");
    ALL.put("L2", "callers that keep asking hear the outcome");
    ALL.put("L3", "no node that is well stays idle while work waits that it could do");
    ALL.put("N1", "what counts as never received does not run");
    ALL.put("N2", "a newcomer does not take a live node's place");
    ALL.put("N3", "a cancel follows its assignment");
    ALL.put("N4", "nodes forget what has ended");
    ALL.put("S1", "one task of a session at a time");
    ALL.put("S2", "tasks of a session in order of submission");
    ALL.put("B1", "no retry sooner than its node asked for");
    ALL.put("D1", "one seed, one history");
  }

  private Checks() {}

  /** What each check is for, by its name. */
  public static Map<String, String> all() {
    return Map.copyOf(ALL);
  }
}
