package io.reefmesh.node.work;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.SessionMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One attempt on its thread. The lock covers everything that a cancel and the end both touch. */
final class RunningAttempt implements TaskContext, Runnable {

  private static final Logger log = LoggerFactory.getLogger(RunningAttempt.class);

  /** No handler needs more; a handler that registers one per step would leak. */
  private static final int MAX_CANCEL_ACTIONS = 1000;

  private final Assign assign;
  private final TaskHandler handler;
  private final String nodeId;
  private final OutputIntake output;
  private final Consumer<WorkOutcome> whenEnded;
  private final Object lock = new Object();
  private final List<Runnable> cancelActions = new ArrayList<>();
  private @Nullable Thread thread;
  private boolean cancelled;

  RunningAttempt(
      Assign assign,
      TaskHandler handler,
      String nodeId,
      OutputIntake output,
      Consumer<WorkOutcome> whenEnded) {
    this.assign = assign;
    this.handler = handler;
    this.nodeId = nodeId;
    this.output = output;
    this.whenEnded = whenEnded;
  }

  AttemptRef ref() {
    return assign.getRef();
  }

  OutputIntake outputIntake() {
    return output;
  }

  @Override
  public void run() {
    WorkOutcome outcome;
    try {
      outcome = begin() ? handle() : neverBegan();
    } catch (Throwable e) {
      if (e instanceof Error || log.isDebugEnabled()) {
        log.warn("attempt {} of task {} threw", attempt(), taskId(), e);
      }
      outcome = HandlerFailures.outcomeOf(e);
    }
    end();
    whenEnded.accept(outcome);
  }

  private WorkOutcome handle() throws Exception {
    TaskOutput result = handler.handle(this);
    return new WorkOutcome.Succeeded(
        Objects.requireNonNull(result, "the handler returned null instead of a result"));
  }

  private boolean begin() {
    synchronized (lock) {
      thread = Thread.currentThread();
      return !cancelled;
    }
  }

  /** After this no interrupt reaches the thread any more, and one that just did is taken off it. */
  private void end() {
    synchronized (lock) {
      thread = null;
      cancelActions.clear();
    }
    boolean wasInterrupted = Thread.interrupted();
    if (wasInterrupted) {
      log.debug("attempt {} of task {} ended with its interrupt pending", attempt(), taskId());
    }
  }

  private static WorkOutcome neverBegan() {
    return new WorkOutcome.Failed(
        HandlerFailures.failure("CANCELLED", "cancelled before it began", true), false);
  }

  /** Tells the handler to stop: actions first, then the interrupt. */
  void cancel() {
    List<Runnable> actions;
    synchronized (lock) {
      if (cancelled) {
        return;
      }
      cancelled = true;
      actions = List.copyOf(cancelActions);
      cancelActions.clear();
    }
    actions.forEach(this::runGuarded);
    synchronized (lock) {
      if (thread != null) {
        thread.interrupt();
      }
    }
  }

  private void runGuarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      log.warn("a cancel action of task {} failed", taskId(), e);
    }
  }

  @Override
  public void onCancel(Runnable action) {
    synchronized (lock) {
      if (!cancelled) {
        if (cancelActions.size() == MAX_CANCEL_ACTIONS) {
          throw new IllegalStateException(
              "task "
                  + taskId()
                  + " has "
                  + MAX_CANCEL_ACTIONS
                  + " cancel actions: that is a leak");
        }
        cancelActions.add(action);
        return;
      }
    }
    runGuarded(action);
  }

  @Override
  public boolean isCancelled() {
    synchronized (lock) {
      return cancelled;
    }
  }

  @Override
  public void output(OutputStreamKind kind, ByteString bytes) {
    output.write(kind, bytes);
  }

  @Override
  public String taskId() {
    return assign.getRef().getTaskId();
  }

  @Override
  public int attempt() {
    return assign.getRef().getAttempt();
  }

  @Override
  public int attemptsLeft() {
    return assign.getAttemptsLeft();
  }

  @Override
  public String type() {
    return assign.getType();
  }

  @Override
  public String project() {
    return assign.getProject();
  }

  @Override
  public String sessionId() {
    return assign.getSession().getSessionId();
  }

  @Override
  public List<SessionMessage> history() {
    return assign.getSession().getHistoryList();
  }

  @Override
  public Map<String, String> labels() {
    return assign.getLabelsMap();
  }

  @Override
  public String contentType() {
    return assign.getPayload().getContentType();
  }

  @Override
  public ByteString payload() {
    return assign.getPayload().getData();
  }

  @Override
  public String traceparent() {
    return assign.getTraceparent();
  }

  @Override
  public Duration runTimeout() {
    return Duration.ofSeconds(
        assign.getRunTimeout().getSeconds(), assign.getRunTimeout().getNanos());
  }

  @Override
  public String nodeId() {
    return nodeId;
  }
}
