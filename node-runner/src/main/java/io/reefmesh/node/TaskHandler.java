package io.reefmesh.node;

import java.util.Set;

/**
 * Runs the tasks of one type. Given to a node in code, or found by {@link java.util.ServiceLoader}.
 *
 * <p>The promise of the mesh: an accepted task is never lost; it runs at least once and at most
 * {@code max_attempts} times; every reader sees exactly one outcome, and it never changes. Effects
 * outside the mesh need the fencing token (task id, attempt) that {@link TaskContext} carries.
 *
 * <p>Thread-safe: one handler serves all slots of its node at once.
 */
public interface TaskHandler {

  /** The task type it serves, for example "ping". 1-128 characters. */
  String type();

  /** The capabilities that this handler lets its node offer. */
  default Set<String> capabilities() {
    return Set.of();
  }

  /**
   * Called once before the node's first Hello. A handler that cannot serve (no model endpoint, an
   * empty allow-list) throws: the node then offers neither its type nor its capabilities, logs why
   * and goes on with the others.
   *
   * @throws HandlerUnavailableException if it cannot serve; the message says what to do
   */
  default void start() throws HandlerUnavailableException {}

  /**
   * Runs one attempt, on a thread of its own. It ends by returning a result or by throwing. When
   * the attempt is cancelled or its run timeout passes, the thread is interrupted and {@link
   * TaskContext#isCancelled} is true: stop soon, and leave nothing running.
   *
   * @throws TaskFailedException with the failure to report
   * @throws TaskRefusedException to hand the attempt back unused, at no cost to the task
   * @throws Exception anything else is reported as a retryable failure with code HANDLER_ERROR
   */
  TaskOutput handle(TaskContext context) throws Exception;

  /** Called once when the node stops, after the last attempt has ended. */
  default void close() {}
}
