package io.reefmesh.simulation;

import io.reefmesh.simulation.mutants.Mutant;
import io.reefmesh.simulation.mutants.Mutants;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Every check there is. Its name is the first word of its violations. A check counts only because a
 * bug is known that makes it speak: see {@link Mutants}.
 */
public final class Checks {

  /**
   * One check.
   *
   * @param name the first word of its violations
   * @param what must hold
   * @param where it is checked
   */
  public record Check(String name, String what, String where) {}

  private static final List<Check> ALL =
      List.of(
          new Check("I1", "an acknowledged task is never lost", "`Promises`, as answers leave"),
          new Check(
              "I2",
              "a task has one outcome, durable before anyone is told",
              "`Promises`, `Ledger`, as anything leaves"),
          new Check(
              "I3",
              "only the attempt that holds the lease gives a result, or goes on",
              "`Ledger`, as outcomes are written; `Connection`, as nodes are welcomed"),
          new Check(
              "I3b",
              "an attempt is pushed once, after its lease is durable",
              "`Promises`, as pushes leave and handlers start"),
          new Check("I4", "attempts are bounded", "`Ledger`; `Promises`, as handlers start"),
          new Check(
              "I5",
              "a node is never given more than it has room for",
              "`World`, by what nodes refuse; `GatewayLife`, by leases"),
          new Check("I6", "a cancel that was acknowledged is final", "`Promises`"),
          new Check("I7", "among equals that may run none is overtaken", "`QueueOrder`"),
          new Check("I8", "one request id, one task", "`Promises`"),
          new Check(
              "I9",
              "no push before its time, within a back-off, or after a deadline",
              "`Ledger`, by durable times"),
          new Check("I10", "a node is given only what it can serve", "`Promises`, as pushes leave"),
          new Check(
              "I11",
              "watchers see a task's events in order, without gap or repeat",
              "`FollowerCheck`"),
          new Check(
              "I12",
              "the record's changes give the live state, after any crash and any torn commit",
              "`Ledger`, against all live tasks, now and then, and against the disk in the end"),
          new Check("I13", "a gateway that was replaced writes nothing", "`World`"),
          new Check(
              "I14",
              "everything has a limit, and refusals at the limit are true",
              "`Ledger`, `Connection`, `GatewayLife`"),
          new Check(
              "I15", "a handler is given what was asked for", "`Promises`, as handlers start"),
          new Check("J1", "a task is leased exactly while its state says so", "`Invariants`"),
          new Check("J2", "a leased task has a timer no later than its lease", "`Invariants`"),
          new Check("J3", "a ready task is in its group, and nothing else is", "`Invariants`"),
          new Check("J4", "a delayed task has a timer no later than its delay", "`Invariants`"),
          new Check("J5", "an ended task holds no lease, timer or place", "`Invariants`"),
          new Check("J6", "counters equal recounts", "`Invariants`"),
          new Check(
              "L1",
              "every task ends in a time that follows from the work left and the slots there are",
              "`World`, in calm"),
          new Check("L2", "callers that keep asking hear the outcome", "`World`, in calm"),
          new Check(
              "L3",
              "no node that is well stays idle while work waits for it",
              "`Idleness`, always"),
          new Check("N1", "what counts as never received does not run", "`Ledger`, `Promises`"),
          new Check("N2", "a newcomer does not take a live node's place", "`Connection`"),
          new Check("N3", "a cancel follows its assignment", "`Connection`"),
          new Check("N4", "nodes forget what has ended", "`World`, in calm"),
          new Check("S1", "one task of a session at a time", "`Ledger`"),
          new Check("S2", "tasks of a session in order of submission", "`Ledger`"),
          new Check("B1", "no retry sooner than its node asked for", "`Ledger`"),
          new Check("O1", "a drained node is given nothing new", "`GatewayLife`, as pushes leave"),
          new Check("D1", "one seed, one history", "`Campaign`, the first 200 seeds"));

  private Checks() {}

  /** All of them. */
  public static List<Check> all() {
    return ALL;
  }

  /** Their names. */
  public static List<String> names() {
    return ALL.stream().map(Check::name).toList();
  }

  /** The rows of the table in the documents: each check with the bugs that it must find. */
  public static List<String> rows() {
    return ALL.stream().map(Checks::row).toList();
  }

  private static String row(Check check) {
    String bugs =
        Mutants.all().stream()
            .filter(mutant -> mutant.checks().contains(check.name()))
            .map(Mutant::name)
            .map(name -> "`" + name + "`")
            .collect(Collectors.joining(", "));
    return "| " + check.name() + " | " + check.what() + " | " + check.where() + " | " + bugs + " |";
  }
}
