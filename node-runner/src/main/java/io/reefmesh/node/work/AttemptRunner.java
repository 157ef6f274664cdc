package io.reefmesh.node.work;

import io.reefmesh.node.TaskHandler;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Gives each attempt a thread and tells the mailbox what becomes of it. Called on the mailbox only.
 * It does not count slots: whoever calls {@link #run} has taken one, so the threads it asks the
 * pool for are never more than the slots.
 */
public final class AttemptRunner {

  private final Map<String, TaskHandler> handlersByType;
  private final String nodeId;
  private final Executor threads;
  private final Executor mailbox;
  private final AttemptListener listener;
  private final AttemptMeter meter;
  private final Map<AttemptRef, RunningAttempt> running = new HashMap<>();

  /** Nothing runs yet. */
  public AttemptRunner(
      Map<String, TaskHandler> handlersByType,
      String nodeId,
      Executor threads,
      Executor mailbox,
      AttemptListener listener) {
    this(handlersByType, nodeId, threads, mailbox, listener, AttemptMeter.NONE);
  }

  /** The same, with somebody who measures. */
  public AttemptRunner(
      Map<String, TaskHandler> handlersByType,
      String nodeId,
      Executor threads,
      Executor mailbox,
      AttemptListener listener,
      AttemptMeter meter) {
    this.meter = meter;
    this.handlersByType = Map.copyOf(handlersByType);
    this.nodeId = nodeId;
    this.threads = threads;
    this.mailbox = mailbox;
    this.listener = listener;
  }

  /** Starts an attempt of a type that has a handler. */
  public void run(Assign assign) {
    AttemptRef ref = assign.getRef();
    TaskHandler handler = handlersByType.get(assign.getType());
    if (handler == null) {
      throw new IllegalArgumentException("no handler for type " + assign.getType());
    }
    AttemptMeter.Running measured = meter.began(assign.getType());
    OutputIntake intake = new OutputIntake(() -> mailbox.execute(() -> fetchOutput(ref)));
    RunningAttempt attempt =
        new RunningAttempt(
            assign,
            handler,
            nodeId,
            intake,
            outcome -> {
              measured.ended(outcome);
              mailbox.execute(() -> ended(ref, outcome));
            });
    running.put(ref, attempt);
    try {
      threads.execute(attempt);
    } catch (RuntimeException | OutOfMemoryError e) {
      // No thread to be had: the attempt ended before it began.
      WorkOutcome outcome = HandlerFailures.outcomeOf(e);
      measured.ended(outcome);
      mailbox.execute(() -> ended(ref, outcome));
    }
  }

  /** Tells an attempt to stop, if it still runs. */
  public void interrupt(AttemptRef ref) {
    RunningAttempt attempt = running.get(ref);
    if (attempt != null) {
      attempt.cancel();
    }
  }

  /** Tells all of them to stop. */
  public void interruptAll() {
    List.copyOf(running.values()).forEach(RunningAttempt::cancel);
  }

  private void fetchOutput(AttemptRef ref) {
    RunningAttempt attempt = running.get(ref);
    if (attempt != null) {
      listener.wrote(ref, attempt.outputIntake().fetch());
    }
  }

  private void ended(AttemptRef ref, WorkOutcome outcome) {
    RunningAttempt attempt = running.remove(ref);
    if (attempt != null) {
      OutputIntake.Fetched last = attempt.outputIntake().close();
      if (!last.isEmpty()) {
        listener.wrote(ref, last);
      }
      listener.ended(ref, outcome);
    }
  }
}
