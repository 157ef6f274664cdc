package io.reefmesh.gateway.service;

import io.reefmesh.balancer.TaskId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many callers wait in RunTask, by task: a repeat of a call waits for the same task, and a task
 * is not cancelled for one who hung up while another still waits. Thread-safe; one entry per task
 * that is waited for.
 */
final class RunWaiters {

  private final Map<TaskId, Integer> waiting = new ConcurrentHashMap<>();

  void joined(TaskId id) {
    waiting.merge(id, 1, Integer::sum);
  }

  /** One who joined leaves; whether nobody waits any more. */
  boolean left(TaskId id) {
    return waiting.computeIfPresent(id, (i, count) -> count > 1 ? count - 1 : null) == null;
  }
}
