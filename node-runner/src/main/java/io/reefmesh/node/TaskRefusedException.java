package io.reefmesh.node;

import java.time.Duration;

/**
 * The node cannot serve this attempt now: it goes elsewhere, and costs the task nothing. How much
 * else the node cannot serve until then is told by a {@link Scope}.
 */
public class TaskRefusedException extends Exception {

  /** What is not offered to this node again before the time has passed. */
  public enum Scope {
    /** This task. */
    TASK,
    /** Any task of this type: the model is cold, the upstream is out of quota. */
    TYPE,
    /** Any task at all: the node is degraded, and shown as UNHEALTHY meanwhile. */
    NODE
  }

  private final Duration retryAfter;
  private final Scope scope;

  /** A refusal; the task is not offered to this node again before {@code retryAfter} has passed. */
  public TaskRefusedException(String message, Duration retryAfter) {
    this(message, retryAfter, Scope.TASK);
  }

  /**
   * A refusal of more than this task.
   *
   * @param retryAfter when the node may be asked again; the gateway bounds it to 1 s - 1 h
   */
  public TaskRefusedException(String message, Duration retryAfter, Scope scope) {
    super(message);
    this.retryAfter = retryAfter;
    this.scope = scope;
  }

  /** When this node may be asked again. */
  public Duration retryAfter() {
    return retryAfter;
  }

  /** What it may not be asked until then. */
  public Scope scope() {
    return scope;
  }
}
