package io.reefmesh.chaos.history;

import io.reefmesh.chaos.work.WorkOrder;
import io.reefmesh.v1.TaskSpec;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * One request id: what was asked for under it, and what the gateway answered, however often it was
 * asked. Thread-safe.
 */
public final class Submission {

  private final String requestId;
  private final TaskSpec spec;
  private final WorkOrder order;
  private final long invokedNanos;

  // Guarded by this.
  private final Set<String> taskIds = new LinkedHashSet<>();
  private long acknowledgedNanos;
  private boolean cancelAsked;
  private boolean refused;

  /** Before the first call is made. */
  public Submission(String requestId, TaskSpec spec, WorkOrder order, long invokedNanos) {
    this.requestId = requestId;
    this.spec = spec;
    this.order = order;
    this.invokedNanos = invokedNanos;
  }

  /** The request id. */
  public String requestId() {
    return requestId;
  }

  /** What was asked for. */
  public TaskSpec spec() {
    return spec;
  }

  /** What its handler is to do. */
  public WorkOrder order() {
    return order;
  }

  /** When the first call was made. */
  public long invokedNanos() {
    return invokedNanos;
  }

  /** The gateway answered with a task. */
  public synchronized void acknowledged(String taskId, long nanos) {
    if (taskIds.isEmpty()) {
      acknowledgedNanos = nanos;
    }
    taskIds.add(taskId);
  }

  /** The gateway will not have it: no task may come of it. */
  public synchronized void refused() {
    refused = true;
  }

  /** Somebody is about to cancel it. */
  public synchronized void cancelAsked() {
    cancelAsked = true;
  }

  /** Every task id that the gateway gave for it; more than one is a broken promise. */
  public synchronized Set<String> taskIds() {
    return new LinkedHashSet<>(taskIds);
  }

  /** When the first answer came; 0: none did. */
  public synchronized long acknowledgedNanos() {
    return acknowledgedNanos;
  }

  /** Whether somebody asked to cancel it. */
  public synchronized boolean isCancelAsked() {
    return cancelAsked;
  }

  /** Whether it is certain that there is no task. */
  public synchronized boolean isRefused() {
    return refused && taskIds.isEmpty();
  }

  /** Whether nobody knows if there is a task. */
  public synchronized boolean isUnknown() {
    return !refused && taskIds.isEmpty();
  }
}
