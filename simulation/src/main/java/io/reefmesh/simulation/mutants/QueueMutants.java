package io.reefmesh.simulation.mutants;

import java.util.List;

/** Bugs around the queue: its order, sessions, and the choice of a node. */
final class QueueMutants {

  private static final String LIFE = "io.reefmesh.balancer.TaskLife";
  private static final String BALANCER = "balancer";

  private QueueMutants() {}

  static List<Mutant> all() {
    return List.of(
        new Mutant("PRIORITY_REVERSED", "The least urgent goes first", "I7")
            .in(BALANCER, "io.reefmesh.balancer.TaskHeap")
            .change("a.readyKey < b.readyKey", "a.readyKey > b.readyKey"),
        new Mutant("YOUNGER_FIRST", "Of two equals the younger goes first", "I7")
            .in(BALANCER, LIFE)
            .change(
                "task.id.createdAtMillis() + (task.terms.priority()",
                "-task.id.createdAtMillis() + (task.terms.priority()"),
        new Mutant("CAPACITY_OFF_BY_ONE", "Nodes get one task more than they have slots", "I5")
            .in(BALANCER, "io.reefmesh.balancer.NodeEntry")
            .change(
                "return inFlight() < profile.slots();", "return inFlight() <= profile.slots();"),
        new Mutant("CAP_OFF_BY_ONE", "One task more than the cap of a project or key runs", "I5")
            .in(BALANCER, "io.reefmesh.balancer.Cap")
            .change("return taken.size() >= limit;", "return taken.size() > limit;"),
        new Mutant("REQUIREMENT_IGNORED", "Tasks go to nodes that cannot serve them", "I10")
            .in(BALANCER, "io.reefmesh.balancer.NodeProfile")
            .change("taskTypes.contains(requirement.type()))", "!requirement.type().isEmpty())"),
        new Mutant("SESSION_IGNORED", "Tasks of one session run as they like", "S1")
            .in(BALANCER, "io.reefmesh.balancer.SessionLine")
            .change("return hold == null && head() == task;", "return true;"),
        new Mutant("SESSION_ORDER_BROKEN", "The youngest of a session goes first", "S2")
            .in(BALANCER, "io.reefmesh.balancer.SessionLine")
            .change(
                "return tasks.isEmpty() ? null : tasks.iterator().next();",
                "TaskEntry first = tasks.isEmpty() ? null : tasks.iterator().next();"
                    + " if (first == null || first.isLeased()) return first;"
                    + " for (TaskEntry t : tasks) first = t; return first;"),
        new Mutant("IDENTITY_ORDER", "A walk goes in an order that differs from run to run", "D1")
            .in(BALANCER, "io.reefmesh.balancer.Timers")
            .change("timed.timerTie = ties++;", "timed.timerTie = System.identityHashCode(timed);"),
        new Mutant("READY_TASK_FORGOTTEN", "A task whose delay is over is not made ready", "J3")
            .in(BALANCER, LIFE)
            .change(
                "mesh.ready.noLongerAside(task); } enqueue(task);",
                "mesh.ready.noLongerAside(task); } if (task.attempt > 0) arm(task); else enqueue(task);"),
        new Mutant("DELAY_WITHOUT_TIMER", "Nothing ends a back-off", "J4")
            .in(BALANCER, LIFE)
            .change("due = Math.min(due, task.notBeforeMillis);", ""),
        new Mutant("DEPTH_NOT_COUNTED", "The queue's depth is off", "J6")
            .in(BALANCER, LIFE)
            .change(
                "task.awaitsUntilMillis = 0; mesh.depths.left(task);",
                "task.awaitsUntilMillis = 0;"));
  }
}
