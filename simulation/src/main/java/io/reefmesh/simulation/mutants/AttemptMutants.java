package io.reefmesh.simulation.mutants;

import java.util.List;

/** Bugs around attempts: their numbers, leases, ends, and what may follow. */
final class AttemptMutants {

  private static final String LIFE = "io.reefmesh.balancer.TaskLife";
  private static final String NEWS = "io.reefmesh.balancer.AttemptNews";
  private static final String NODES = "io.reefmesh.balancer.NodeLife";
  private static final String RETRY = "io.reefmesh.balancer.RetryRule";
  private static final String BALANCER = "balancer";

  private AttemptMutants() {}

  static List<Mutant> all() {
    return List.of(
        new Mutant("NO_FENCING", "News of an older attempt counts for the present one", "I3")
            .in(BALANCER, NEWS)
            .change(
                "return task != null && task.attempt == attempt ? task : null;", "return task;"),
        new Mutant("ATTEMPT_REUSED", "A refused attempt's number is used again", "I3b")
            .in(BALANCER, LIFE)
            .change(
                "endAttempt(task, outcome, why, false);",
                "endAttempt(task, outcome, why, false);"
                    + " if (outcome == AttemptOutcome.REFUSED) task.attempt--;"),
        new Mutant("UNBOUNDED_ATTEMPTS", "There is no end to attempts", "I4")
            .in(BALANCER, RETRY)
            .change("|| task.chargedAttempts() >= retry.maxAttempts();", ";"),
        new Mutant("RETRY_AFTER_IGNORED", "A retry comes sooner than its node asked for", "B1")
            .in(BALANCER, RETRY)
            .change("return Math.max(drawn, failure.retryAfterMillis());", "return drawn;"),
        new Mutant("BACKOFF_IGNORED", "A retry ignores its back-off", "I9")
            .in(BALANCER, LIFE)
            .change(
                "if (itsTurn && task.notBeforeMillis <= mesh.nowMillis && task.group == null) {",
                "if (itsTurn && task.group == null) {"),
        new Mutant("NOT_BEFORE_IGNORED", "Tasks run before their time", "I9")
            .in(BALANCER, LIFE)
            .change("task.notBeforeMillis = event.terms().notBeforeMillis();", ""),
        new Mutant("TOTAL_TIMEOUT_IGNORED", "Tasks run after their total timeout", "I9")
            .in(BALANCER, "io.reefmesh.balancer.TaskEntry")
            .change(
                "id.createdAtMillis() + terms.totalTimeoutMillis()",
                "id.createdAtMillis() + 86_400_000L"),
        new Mutant("QUEUE_TIMEOUT_IGNORED", "Tasks run after their queue timeout", "I9")
            .in(BALANCER, "io.reefmesh.balancer.TaskEntry")
            .change(
                "notBeforeMillis) + terms.queueTimeoutMillis()", "notBeforeMillis) + 86_400_000L"),
        new Mutant("LEASE_NEVER_EXPIRES", "A lost node is never given up", "L1")
            .in(BALANCER, NODES)
            .change("node.givenUpAtMillis = until;", "node.givenUpAtMillis = until + 864_000_000L;")
            .in(BALANCER, LIFE)
            .change(
                "task.leaseUntilMillis = untilMillis;",
                "task.leaseUntilMillis = untilMillis + 864_000_000L;"),
        new Mutant(
                "BEAT_RENEWS_ALL", "A beat or greeting renews leases that it does not name", "L1")
            .in(BALANCER, NODES)
            .change(
                "if (task.pushOrdinal <= beat.pushesReceived() && !named.contains(refOf(task))) {"
                    + " forgotten(task);",
                "if (!named.contains(refOf(task))) { tasks.runs(task);")
            .change(
                "for (TaskEntry task : ImmutableList.copyOf(node.leases.values())) { if"
                    + " (!named.contains(refOf(task))) { forgotten(task);",
                "for (TaskEntry task : ImmutableList.copyOf(node.leases.values())) { if"
                    + " (!named.contains(refOf(task))) { tasks.runs( task);"),
        new Mutant(
                "BEAT_BEFORE_ARRIVAL", "A beat from before an assignment counts as its loss", "N1")
            .in(BALANCER, NODES)
            .change(
                "if (task.pushOrdinal <= beat.pushesReceived() && !named.contains(refOf(task))) {",
                "if (!named.contains(refOf(task))) {"),
        new Mutant("STALE_ADOPTION", "A returning node goes on with an older attempt", "I3")
            .in(BALANCER, NODES)
            .change(
                "TaskEntry task = node.leases.get(attempt.id());"
                    + " if (task != null && task.attempt == attempt.attempt()) {",
                "TaskEntry task = mesh.tasks.get(attempt.id());"
                    + " if (task != null && task.isLeased()) {"),
        new Mutant("HOLDS_DROPPED", "A slot is free as soon as its work was told to stop", "I5")
            .in(BALANCER, LIFE)
            .change("if (mayStillRun && !node.offline) {", "if (mayStillRun && node.offline) {"),
        new Mutant("HOLDS_KEPT", "A slot stays taken when its work has stopped", "L3")
            .in(BALANCER, LIFE)
            .change("node.holds.remove(new Effect.AttemptRef(hold.id, hold.attempt));", ""),
        new Mutant("RESULT_NOT_ACKED", "Nodes are not told that a result was recorded", "N4")
            .in(BALANCER, NEWS)
            .change(
                "mesh.emit(new Effect.Ack(node.link, news.id(), news.attempt(), record(node,"
                    + " news)));",
                "record(node, news);"),
        new Mutant(
                "LEASE_LEFT_BEHIND", "An ended attempt stays among its node's leases", "J1", "J5")
            .in(BALANCER, LIFE)
            .change("node.leases.remove(task.id);", ""),
        new Mutant("LEASE_WITHOUT_TIMER", "Nothing watches over a lease", "J2")
            .in(BALANCER, LIFE)
            .change("due = Math.min(due, task.leaseUntilMillis);", ""),
        new Mutant("TIMER_LEFT_BEHIND", "An ended session's hold keeps its timer", "J5")
            .in(BALANCER, LIFE)
            .change("mesh.timers.cancel(hold);", ""));
  }
}
