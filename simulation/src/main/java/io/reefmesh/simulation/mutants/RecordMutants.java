package io.reefmesh.simulation.mutants;

import java.util.List;

/** Bugs around what is durable: when, for how long, and what is made of it after a restart. */
final class RecordMutants {

  private static final String TURN = "io.reefmesh.gateway.engine.EngineTurn";
  private static final String RESTART = "io.reefmesh.gateway.engine.Restart";
  private static final String FOLD = "io.reefmesh.gateway.store.TaskFold";
  private static final String LIFE = "io.reefmesh.balancer.TaskLife";
  private static final String DISPATCHER = "io.reefmesh.balancer.Dispatcher";
  private static final String BACKLOG = "io.reefmesh.balancer.Backlog";
  private static final String GATEWAY = "gateway-server";

  private RecordMutants() {}

  static List<Mutant> all() {
    return List.of(
        new Mutant("ACK_BEFORE_COMMIT", "Callers are answered before it is durable", "I1")
            .in(GATEWAY, TURN)
            .change(
                "} else { released.add(effect);",
                "} else if (effect instanceof Effect.Reply reply) { reply(reply); } else {"
                    + " released.add(effect);"),
        new Mutant("EFFECTS_BEFORE_COMMIT", "Everything leaves before it is durable", "I2", "I3b")
            .in(GATEWAY, TURN)
            .change("commit(round); release(round);", "release(round); commit(round);"),
        new Mutant("RESULT_ACKED_BEFORE_COMMIT", "Results are acked before they are durable", "I2")
            .in(GATEWAY, TURN)
            .change(
                "} else { released.add(effect);",
                "} else if (effect instanceof Effect.Ack) { sink.release(effect); } else {"
                    + " released.add(effect);"),
        new Mutant("PUSH_BEFORE_COMMIT", "Assignments leave before their leases are durable", "I3b")
            .in(GATEWAY, TURN)
            .change(
                "} else { released.add(effect);",
                "} else if (effect instanceof Effect.Push) { sink.release(effect); } else {"
                    + " released.add(effect);"),
        new Mutant("PUSHED_TWICE", "An assignment leaves twice", "I3b")
            .in(GATEWAY, TURN)
            .change(
                "} else { released.add(effect);",
                "} else { released.add(effect);"
                    + " if (effect instanceof Effect.Push) released.add(effect);"),
        new Mutant("READERS_NOT_ANSWERED", "Nobody hears how a task stands", "L2")
            .in(GATEWAY, TURN)
            .change(
                "if (effect instanceof Effect.Reply reply) {",
                "if (effect instanceof Effect.Reply reply && reply.answer()"
                    + " instanceof io.reefmesh.balancer.Answer.Views) { } else if (effect"
                    + " instanceof Effect.Reply reply) {"),
        new Mutant("CANCEL_NOT_RECORDED", "A cancel is acknowledged and not recorded", "I6")
            .in("balancer", LIFE)
            .change(
                "mesh.emit( new Effect.Persist( new Mutation.Ended(",
                "if (state != TaskState.CANCELLED) mesh.emit( new Effect.Persist( new"
                    + " Mutation.Ended("),
        new Mutant("CANCEL_OVERWRITTEN", "A cancelled task goes on and its result counts", "I6")
            .in("balancer", LIFE)
            .change(
                "endRunning(task, failure); return end(task, TaskState.CANCELLED, failure, null,"
                    + " 0);",
                "if (task.isLeased()) { TaskView v = views.ofEnded(task, failure, null, mesh.nowMillis);"
                    + " return new TaskView(v.id(), v.terms(), v.body(), v.requestId(),"
                    + " TaskState.CANCELLED, null, v.attempt(), v.nodeId(), v.incarnation(),"
                    + " v.assignedAtMillis(), v.startedAtMillis(), mesh.nowMillis, failure, null,"
                    + " v.history()); }"
                    + " return end(task, TaskState.CANCELLED, failure, null, 0);"),
        new Mutant("REQUEUE_NOT_RECORDED", "A lost attempt is given up in memory only", "I12", "J1")
            .in("balancer", LIFE)
            .change(
                "mesh.emit( new Effect.Persist( new Mutation.Requeued(",
                "if (task.attempt == 0) mesh.emit( new Effect.Persist( new Mutation.Requeued("),
        new Mutant("ATTEMPT_NOT_STORED", "The disk forgets an attempt's number", "I12")
            .in(GATEWAY, FOLD)
            .change(
                "TaskState.ASSIGNED, m.attempt(),",
                "TaskState.ASSIGNED, Math.max(1, task.attempt()),"),
        new Mutant("RESTART_FORGETS_QUEUED", "A restart forgets tasks that wait", "I12")
            .in(GATEWAY, RESTART)
            .change(
                "dispatcher.restore(restored(stored));",
                "if (stored.state() != TaskState.QUEUED) dispatcher.restore(restored(stored));"),
        new Mutant("RESTART_FORGETS_HISTORY", "A restart forgets what was tried", "I12")
            .in(GATEWAY, RESTART)
            .change(
                "stored.notBeforeMillis(), stored.history());",
                "stored.notBeforeMillis(), com.google.common.collect.ImmutableList.of());"),
        new Mutant("RESTART_FORGETS_REQUEST_IDS", "A restart forgets request ids", "I8")
            .in(GATEWAY, RESTART)
            .change("dispatcher.restoreRequestId(", "if (tasks < 0) dispatcher.restoreRequestId("),
        new Mutant("RESTART_FORGETS_BACKOFF", "A restart forgets until when a task waits", "I9")
            .in(GATEWAY, RESTART)
            .change("stored.notBeforeMillis(), stored.history());", "0, stored.history());"),
        new Mutant("PAYLOADS_MIXED_UP", "A push gets the payload of another task", "I15")
            .in(GATEWAY, "io.reefmesh.gateway.link.PayloadLoads")
            .change(
                "ByteString payload = payloads.get(push.id());",
                "ByteString payload = payloads.values().iterator().next();"),
        new Mutant("PAYLOAD_NOT_AWAITED", "A push leaves before its payload is here", "I15")
            .in(GATEWAY, "io.reefmesh.gateway.link.Outbox")
            .change("first != null && first.complete", "first != null"),
        new Mutant("NO_EPOCH", "A writer of an older epoch may still write", "I13")
            .in("simulation", "io.reefmesh.simulation.SimStore")
            .change("return lease.epoch() != newest.epoch();", "return false;"),
        new Mutant("DUPLICATE_REQUEST_ACCEPTED", "A repeated request id makes another task", "I8")
            .in("balancer", DISPATCHER)
            .change(
                "if (requestId != null) {", "if (requestId != null && mesh.placing == false) {"),
        new Mutant("CONFLICT_IGNORED", "Two contents under one request id count as the same", "I8")
            .in("balancer", DISPATCHER)
            .change(
                "boolean same = digest != null && known.hasDigest(digest);",
                "boolean same = true;"),
        new Mutant("NO_BACKLOG_LIMIT", "The gateway takes in whatever comes", "I14")
            .in("balancer", BACKLOG)
            .change("if (total >= limits.liveTasks()) {", "if (total < 0) {")
            .change("return of(project) >= limits.liveTasksPerProject()", "return total < 0"),
        new Mutant("REFUSED_TOO_SOON", "The gateway refuses although it has room", "I14")
            .in("balancer", BACKLOG)
            .change(
                "if (total >= limits.liveTasks()) {", "if (total >= limits.liveTasks() / 2) {"));
  }
}
