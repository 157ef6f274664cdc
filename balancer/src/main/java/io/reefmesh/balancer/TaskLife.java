package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * The life of tasks: every change of a task's state is made here. Each method is one arrow, or a
 * choice between arrows, of the task drawing in docs/state-machines.md.
 */
final class TaskLife {

  /** A push that is asked back either comes back within this time or has left. */
  private static final long RECALL_MILLIS = 1_000;

  private final MeshState mesh;
  private final NodeHealth health;
  private final WaitReasons waitReasons;
  private final TaskViews views;

  TaskLife(MeshState mesh, NodeHealth health) {
    this.mesh = mesh;
    this.health = health;
    this.waitReasons = new WaitReasons(mesh);
    this.views = new TaskViews(waitReasons);
  }

  /** (new) → QUEUED. */
  TaskEntry submit(Event.Submit event) {
    TaskEntry task = new TaskEntry(event.id(), event.terms(), event.body(), event.requestId());
    task.queuedAtMillis = mesh.nowMillis;
    task.notBeforeMillis = event.terms().notBeforeMillis();
    admit(task);
    String requestId = event.requestId();
    String digest = event.digest();
    if (requestId != null && digest != null) {
      mesh.requestIds.remember(event.terms().project(), requestId, digest, event.id());
    }
    mesh.emit(
        new Effect.Persist(
            new Mutation.Submitted(
                event.id(),
                event.terms().project(),
                event.terms().requirement().type(),
                event.terms().session(),
                requestId,
                digest,
                event.body())));
    enqueue(task);
    return task;
  }

  /** Takes a task in that the dispatcher did not know: new, or from the store. */
  void admit(TaskEntry task) {
    long step = mesh.config.queue().ageingStepMillis();
    task.readyKey =
        task.id.createdAtMillis() + (task.terms.priority() - TaskTerms.FIRST_PRIORITY) * step;
    task.bucket = Math.floorDiv(task.readyKey, step);
    mesh.tasks.put(task.id, task);
    mesh.backlog.entered(task);
    task.counts = mesh.counts;
    mesh.counts.entered(task.state());
    mesh.sessions.join(task);
    if (task.state() == TaskState.QUEUED) {
      mesh.depths.entered(task);
    }
  }

  /** Makes a QUEUED task ready, unless its back-off, not-before time or session says otherwise. */
  void enqueue(TaskEntry task) {
    boolean itsTurn = task.line == null || task.line.isTurnOf(task);
    if (itsTurn && task.notBeforeMillis <= mesh.nowMillis && task.group == null) {
      mesh.ready.add(task);
    }
    arm(task);
  }

  /** QUEUED → ASSIGNED. */
  void assign(TaskEntry task, NodeEntry node) {
    mesh.ready.pushed(task);
    task.awaitsUntilMillis = 0;
    mesh.depths.left(task);
    task.become(TaskState.ASSIGNED);
    task.attempt++;
    task.node = node;
    task.assignedAtMillis = mesh.nowMillis;
    task.startedAtMillis = 0;
    task.leaseUntilMillis = mesh.nowMillis + node.leaseMillis;
    task.recalled = false;
    task.beginsAt(mesh.nowMillis);
    task.pushLink = node.link;
    task.pushOrdinal = ++node.pushes;
    node.leases.put(task.id, task);
    health.assigned(node, task);
    mesh.nodeChanged(node);
    mesh.sessions.ranOn(task, node);
    arm(task);
    mesh.emit(
        new Effect.Persist(
            new Mutation.Assigned(
                task.id,
                task.attempt,
                node.id,
                node.incarnation,
                task.assignedAtMillis,
                task.history)));
    changed(task);
    mesh.emit(new Effect.Leased(node.link, task.id, task.attempt));
    mesh.emit(
        new Effect.Push(
            node.link,
            task.pushOrdinal,
            task.id,
            task.attempt,
            task.terms,
            task.body,
            Math.max(1, task.totalDeadlineMillis() - mesh.nowMillis),
            Math.max(0, task.terms.retry().maxAttempts() - task.chargedAttempts() - 1)));
  }

  /** ASSIGNED → RUNNING; on a RUNNING task only the lease is renewed. */
  void runs(TaskEntry task) {
    task.leaseUntilMillis = mesh.nowMillis + leaseHolder(task).leaseMillis;
    if (task.state() == TaskState.ASSIGNED) {
      task.become(TaskState.RUNNING);
      task.startedAtMillis = mesh.nowMillis;
      task.advancedAtMillis = mesh.nowMillis;
      changed(task);
    }
    arm(task);
  }

  /** The lease holds on, although nothing was heard of this very attempt. */
  void leaseUntil(TaskEntry task, long untilMillis) {
    task.leaseUntilMillis = untilMillis;
    arm(task);
  }

  /** How long a task's lease survives its node. */
  long graceMillis(TaskEntry task) {
    return Math.max(mesh.config.graceMillis(), task.terms.reconnectGraceMillis());
  }

  /** ASSIGNED or RUNNING → SUCCEEDED. */
  void succeeded(TaskEntry task, @Nullable Opaque result) {
    endAttempt(task, AttemptOutcome.SUCCEEDED, null, false);
    end(task, TaskState.SUCCEEDED, null, result, task.attempt);
  }

  /** QUEUED → SUCCEEDED: the attempt that was given up for lost brought its result after all. */
  void succeededLate(TaskEntry task, AttemptRecord lost, @Nullable Opaque result) {
    task.history =
        task.history.stream()
            .map(
                past ->
                    past.number() == lost.number()
                        ? new AttemptRecord(
                            past.number(),
                            past.nodeId(),
                            past.incarnation(),
                            past.assignedAtMillis(),
                            past.startedAtMillis(),
                            mesh.nowMillis,
                            AttemptOutcome.SUCCEEDED,
                            null)
                        : past)
            .collect(ImmutableList.toImmutableList());
    end(task, TaskState.SUCCEEDED, null, result, task.attempt);
  }

  /** ASSIGNED or RUNNING → QUEUED with back-off, or FAILED when that was the last attempt. */
  void attemptFailed(
      TaskEntry task,
      AttemptOutcome outcome,
      Failure failure,
      @Nullable Opaque result,
      boolean mayStillRun) {
    endAttempt(task, outcome, failure, mayStillRun);
    Failure last = RetryRule.end(task, outcome, failure, mesh.config.poisonLives());
    if (last == null) {
      requeue(task, RetryRule.waitMillis(task, failure, mesh.random));
    } else {
      end(task, TaskState.FAILED, last, last.equals(failure) ? result : null, task.attempt);
    }
  }

  /** ASSIGNED or RUNNING → QUEUED at no cost: the node would not take it, or never got it. */
  void attemptUnused(TaskEntry task, AttemptOutcome outcome, Failure why) {
    endAttempt(task, outcome, why, false);
    requeue(task, 0);
  }

  /** → CANCELLED. */
  TaskView cancel(TaskEntry task, String reason) {
    Failure failure =
        Failure.terminal(Failure.CANCELLED, reason.isEmpty() ? "cancelled by a caller" : reason);
    endRunning(task, failure);
    return end(task, TaskState.CANCELLED, failure, null, 0);
  }

  /** → EXPIRED. */
  void expire(TaskEntry task, String code, String message) {
    Failure failure = Failure.terminal(code, message);
    endRunning(task, failure);
    end(task, TaskState.EXPIRED, failure, null, 0);
  }

  private void expireTotal(TaskEntry task) {
    expire(task, Failure.TOTAL_TIMEOUT, "not done within its total timeout");
  }

  /** Something about the task is due. */
  void due(TaskEntry task) {
    long now = mesh.nowMillis;
    if (now >= task.totalDeadlineMillis()) {
      expireTotal(task);
      return;
    }
    switch (task.state()) {
      case QUEUED -> dueQueued(task, now);
      case ASSIGNED, RUNNING -> dueLeased(task, now);
      default -> throw new IllegalStateException("task " + task.id + " has ended but has a timer");
    }
  }

  TaskView view(TaskEntry task) {
    return views.of(task);
  }

  private void dueQueued(TaskEntry task, long now) {
    if (now >= task.queueDeadlineMillis()) {
      WaitReason why = waitReasons.of(task);
      expire(
          task,
          Failure.QUEUE_TIMEOUT,
          "no node took it within its queue timeout: " + why.message());
      return;
    }
    if (task.asideUntilMillis() <= now) {
      task.mustAvoid(now);
      mesh.ready.noLongerAside(task);
    }
    enqueue(task);
  }

  private void dueLeased(TaskEntry task, long now) {
    NodeEntry node = leaseHolder(task);
    if (task.state() == TaskState.RUNNING && now >= task.runDeadlineMillis()) {
      stopOnNode(task, node, "run timeout");
      node.failed++;
      attemptFailed(
          task,
          AttemptOutcome.TIMED_OUT,
          Failure.retryable(
              Failure.RUN_TIMEOUT,
              "attempt "
                  + task.attempt
                  + " on node "
                  + node.id
                  + " ran longer than its run timeout"),
          null,
          true);
    } else if (now >= task.leaseUntilMillis && mayNotHaveLeft(task, node)) {
      recall(task, node);
      task.recalled = true;
      leaseUntil(task, now + RECALL_MILLIS);
    } else if (now >= task.leaseUntilMillis) {
      lost(task, "nothing was heard of it from node " + node.id + " for too long", true);
    } else {
      arm(task);
    }
  }

  /** Its push may still wait in the gateway: then its end must cost nothing. */
  private static boolean mayNotHaveLeft(TaskEntry task, NodeEntry node) {
    return task.state() == TaskState.ASSIGNED && node.isLinked() && !task.recalled;
  }

  /** Asks for the push back, in case it has not left. */
  void recall(TaskEntry task, NodeEntry node) {
    mesh.emit(new Effect.Recall(node.link, task.id, task.attempt));
  }

  /** RUNNING → QUEUED with back-off, or FAILED: nothing came of it for too long. */
  void stalled(TaskEntry task) {
    NodeEntry node = leaseHolder(task);
    stopOnNode(task, node, "no progress");
    node.failed++;
    attemptFailed(
        task,
        AttemptOutcome.TIMED_OUT,
        Failure.retryable(
            Failure.NO_PROGRESS,
            "attempt "
                + task.attempt
                + " on node "
                + node.id
                + " gave no output and made no progress for longer than its no-progress timeout"),
        null,
        true);
  }

  /** The node went away with the attempt, or forgot it. */
  void lost(TaskEntry task, String message, boolean mayStillRun) {
    lost(task, Failure.NODE_LOST, message, mayStillRun);
  }

  /** The same, with a code that says how it came about. */
  void lost(TaskEntry task, String code, String message, boolean mayStillRun) {
    NodeEntry node = leaseHolder(task);
    if (mayStillRun) {
      stopOnNode(task, node, "its lease ended");
    }
    node.failed++;
    attemptFailed(task, AttemptOutcome.LOST, Failure.retryable(code, message), null, mayStillRun);
  }

  private void requeue(TaskEntry task, long waitMillis) {
    task.become(TaskState.QUEUED);
    mesh.depths.entered(task);
    task.expiresNotBeforeMillis = 0;
    long totalRemaining = task.totalDeadlineMillis() - mesh.nowMillis;
    if (totalRemaining <= 0) {
      // It outlived its time only so that its node could come back to it.
      expireTotal(task);
      return;
    }
    task.queuedAtMillis = mesh.nowMillis;
    task.notBeforeMillis = mesh.nowMillis + Math.min(waitMillis, totalRemaining);
    mesh.emit(
        new Effect.Persist(
            new Mutation.Requeued(
                task.id, task.attempt, mesh.nowMillis, task.notBeforeMillis, task.history)));
    enqueue(task);
    changed(task);
  }

  private void endRunning(TaskEntry task, Failure failure) {
    NodeEntry node = task.node;
    if (node != null) {
      stopOnNode(task, node, failure.message());
      endAttempt(task, AttemptOutcome.CANCELLED, failure, true);
    }
  }

  private void stopOnNode(TaskEntry task, NodeEntry node, String reason) {
    if (node.isLinked()) {
      mesh.emit(new Effect.StopAttempt(node.link, task.id, task.attempt, reason));
    }
  }

  /** Ends the lease and writes the attempt into the task's history. */
  private void endAttempt(
      TaskEntry task, AttemptOutcome outcome, @Nullable Failure failure, boolean mayStillRun) {
    NodeEntry node = leaseHolder(task);
    node.leases.remove(task.id);
    task.node = null;
    if (mayStillRun && !node.offline) {
      hold(node, task);
    }
    mesh.ready.freePermits(task.terms, task);
    task.remember(
        new AttemptRecord(
            task.attempt,
            node.id,
            node.incarnation,
            task.assignedAtMillis,
            task.startedAtMillis,
            mesh.nowMillis,
            outcome,
            failure));
    mesh.emit(new Effect.Unleased(task.id, task.attempt));
    health.ended(node, task, outcome, failure);
    mesh.nodeChanged(node);
  }

  private void hold(NodeEntry node, TaskEntry task) {
    long ordinal = task.pushLink == node.link ? task.pushOrdinal : 0;
    Hold hold = new Hold(task.id, task.attempt, node, ordinal, task.line);
    node.holds.put(new Effect.AttemptRef(task.id, task.attempt), hold);
    hold.terms = task.terms;
    mesh.ready.caps.take(task.terms, hold);
    if (task.line != null) {
      task.line.hold = hold;
      mesh.timers.set(hold, mesh.nowMillis + mesh.config.sessionHoldMillis());
    }
  }

  /**
   * A node says that it runs an attempt that does not count: it keeps its slot, and the permits of
   * its task if that is known and this attempt of it is over, until it has stopped.
   */
  Hold stray(NodeEntry node, Effect.AttemptRef ref) {
    Hold hold = new Hold(ref.id(), ref.attempt(), node, 0, null);
    TaskEntry task = mesh.tasks.get(ref.id());
    if (task != null
        && (task.isLeased() ? ref.attempt() < task.attempt : ref.attempt() <= task.attempt)) {
      hold.terms = task.terms;
      mesh.ready.caps.take(task.terms, hold);
    }
    return hold;
  }

  /** The slot and the permits are free again. */
  void release(Hold hold) {
    NodeEntry node = hold.node;
    node.holds.remove(new Effect.AttemptRef(hold.id, hold.attempt));
    mesh.timers.cancel(hold);
    mesh.ready.freePermits(hold.terms, hold);
    releaseSession(hold);
    mesh.nodeChanged(node);
  }

  /** The session need not wait for it any longer; the slot still does. */
  void releaseSession(Hold hold) {
    SessionLine line = hold.session;
    hold.session = null;
    if (line != null && line.hold == hold) {
      line.hold = null;
      wake(line);
    }
  }

  private void wake(SessionLine line) {
    TaskEntry head = line.head();
    if (head == null) {
      mesh.sessions.dropIfIdle(line);
    } else if (head.state() == TaskState.QUEUED) {
      enqueue(head);
    }
  }

  private TaskView end(
      TaskEntry task,
      TaskState state,
      @Nullable Failure failure,
      @Nullable Opaque result,
      int outcomeAttempt) {
    if (task.state() == TaskState.QUEUED) {
      mesh.depths.left(task);
      mesh.ready.remove(task);
    }
    task.become(state);
    mesh.timers.cancel(task);
    mesh.tasks.remove(task.id);
    mesh.backlog.left(task);
    SessionLine line = task.line;
    mesh.sessions.leave(task);
    mesh.recent.remember(task.id, outcomeAttempt);
    mesh.countOutcome(state);
    mesh.emit(
        new Effect.Persist(
            new Mutation.Ended(
                task.id, state, task.attempt, mesh.nowMillis, failure, result, task.history)));
    TaskView outcome = views.ofEnded(task, failure, result, mesh.nowMillis);
    mesh.emit(new Effect.Changed(outcome));
    if (line != null) {
      wake(line);
    }
    return outcome;
  }

  private void changed(TaskEntry task) {
    mesh.emit(new Effect.Changed(view(task)));
  }

  /** Sets the task's one timer to the first thing that may become due. */
  void arm(TaskEntry task) {
    long due = task.totalDeadlineMillis();
    if (task.state() == TaskState.QUEUED) {
      due = Math.min(due, task.queueDeadlineMillis());
      if (task.notBeforeMillis > mesh.nowMillis) {
        due = Math.min(due, task.notBeforeMillis);
      }
      due = Math.min(due, task.asideUntilMillis());
    } else {
      due = Math.min(due, task.leaseUntilMillis);
      if (task.state() == TaskState.RUNNING) {
        due = Math.min(due, task.runDeadlineMillis());
      }
    }
    mesh.timers.set(task, due);
  }

  private static NodeEntry leaseHolder(TaskEntry task) {
    NodeEntry node = task.node;
    if (node == null) {
      throw new IllegalStateException("task " + task.id + " is not leased");
    }
    return node;
  }
}
