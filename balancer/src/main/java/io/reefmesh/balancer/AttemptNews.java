package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/**
 * What nodes report of single attempts. News counts only for the current attempt of a live task,
 * from the process life that holds it, on its present link; anything else is answered so that both
 * ends agree again, and counted as stale.
 */
final class AttemptNews {

  /** A refused pair of task and node rests at least this long, so that no loop forms. */
  private static final long MIN_REFUSAL_MILLIS = 1_000;

  private static final long MAX_REFUSAL_MILLIS = 3_600_000;

  private final MeshState mesh;
  private final TaskLife tasks;
  private final NodeHealth health;

  AttemptNews(MeshState mesh, TaskLife tasks, NodeHealth health) {
    this.mesh = mesh;
    this.tasks = tasks;
    this.health = health;
  }

  void accepted(NodeEntry node, Event.Accepted news) {
    TaskEntry task = current(node, news.id(), news.attempt());
    if (task != null) {
      tasks.runs(task);
      return;
    }
    mesh.stale(node, news.id(), news.attempt(), "accepted");
    Effect.AttemptRef ref = new Effect.AttemptRef(news.id(), news.attempt());
    if (!node.holds.containsKey(ref) && node.holds.size() < NodeEntry.MAX_HOLDS) {
      node.holds.put(ref, tasks.stray(node, ref));
      mesh.emit(new Effect.StopAttempt(node.link, ref.id(), ref.attempt(), "it is stale"));
      mesh.nodeChanged(node);
    }
  }

  void refused(NodeEntry node, Event.Refused news) {
    TaskEntry task = current(node, news.id(), news.attempt());
    // Also of a RUNNING one: a handler may find out only after it was accepted that it cannot
    // serve.
    if (task == null) {
      over(node, news.id(), news.attempt(), "refused");
      return;
    }
    long rest = Math.min(Math.max(news.retryAfterMillis(), MIN_REFUSAL_MILLIS), MAX_REFUSAL_MILLIS);
    task.refusedBy(node.id, mesh.nowMillis + rest);
    health.refused(node, task, news.scope(), rest, news.reason());
    tasks.attemptUnused(
        task,
        AttemptOutcome.REFUSED,
        new Failure("REFUSED", news.reason(), true, news.retryAfterMillis()));
  }

  /** The push is still in the gateway, and will not leave it. */
  void unsent(NodeEntry node, Event.FromLink news) {
    if (news instanceof Event.Withdrawn withdrawn) {
      withdrawn(node, withdrawn);
    } else if (news instanceof Event.Unreadable unreadable) {
      unreadable(node, unreadable);
    }
  }

  private void unreadable(NodeEntry node, Event.Unreadable news) {
    TaskEntry task = current(node, news.id(), news.attempt());
    if (task == null || task.state() != TaskState.ASSIGNED) {
      over(node, news.id(), news.attempt(), "unreadable");
      return;
    }
    tasks.attemptFailed(
        task,
        AttemptOutcome.UNRECEIVED,
        Failure.terminal(Failure.PAYLOAD_LOST, news.why()),
        null,
        false);
  }

  private void withdrawn(NodeEntry node, Event.Withdrawn news) {
    TaskEntry task = current(node, news.id(), news.attempt());
    if (task == null || task.state() != TaskState.ASSIGNED) {
      over(node, news.id(), news.attempt(), "withdrawn");
      return;
    }
    task.refusedBy(node.id, mesh.nowMillis + MIN_REFUSAL_MILLIS);
    tasks.attemptUnused(
        task,
        AttemptOutcome.UNRECEIVED,
        Failure.retryable("LINK_FULL", "the link to node " + node.id + " is full"));
  }

  void stopped(NodeEntry node, Event.Stopped news) {
    TaskEntry task = current(node, news.id(), news.attempt());
    if (task != null) {
      // Nobody asked it to: the node gave the work up by itself.
      tasks.lost(task, "node " + node.id + " stopped it", false);
      return;
    }
    over(node, news.id(), news.attempt(), "stopped");
  }

  void finished(NodeEntry node, Event.Finished news) {
    mesh.emit(new Effect.Ack(node.link, news.id(), news.attempt(), record(node, news)));
  }

  private Effect.Ack.Status record(NodeEntry node, Event.Finished news) {
    TaskEntry task = current(node, news.id(), news.attempt());
    Failure failure = news.failure();
    if (task != null) {
      if (failure == null) {
        node.succeeded++;
        tasks.succeeded(task, news.result());
      } else {
        node.failed++;
        tasks.attemptFailed(task, AttemptOutcome.FAILED, failure, news.result(), false);
      }
      return Effect.Ack.Status.RECORDED;
    }
    over(node, news.id(), news.attempt(), "finished");
    TaskEntry live = mesh.tasks.get(news.id());
    if (live == null) {
      return mesh.recent.statusOf(news.id(), news.attempt());
    }
    AttemptRecord last = live.lastAttempt();
    if (failure == null
        && live.state() == TaskState.QUEUED
        && live.attempt == news.attempt()
        && last != null
        && last.number() == news.attempt()
        && last.outcome().mayStillSucceed()
        && last.nodeId().equals(node.id)
        && last.incarnation().equals(node.incarnation)) {
      node.succeeded++;
      tasks.succeededLate(live, last, news.result());
      return Effect.Ack.Status.RECORDED;
    }
    return Effect.Ack.Status.STALE;
  }

  /** The task, if this very attempt of it is leased to this node. */
  private @Nullable TaskEntry current(NodeEntry node, TaskId id, int attempt) {
    TaskEntry task = node.leases.get(id);
    return task != null && task.attempt == attempt ? task : null;
  }

  /** The attempt is over for the node too: if it kept a slot, that slot is free now. */
  private void over(NodeEntry node, TaskId id, int attempt, String what) {
    Hold hold = node.holds.get(new Effect.AttemptRef(id, attempt));
    if (hold != null) {
      tasks.release(hold);
    } else {
      mesh.stale(node, id, attempt, what);
    }
  }
}
