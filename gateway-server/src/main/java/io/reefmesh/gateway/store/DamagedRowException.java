package io.reefmesh.gateway.store;

import io.reefmesh.balancer.TaskId;

/** A row that SQLite could read and we cannot. */
final class DamagedRowException extends Exception {

  DamagedRowException(TaskId id, Throwable cause) {
    super("the row of task " + id + " cannot be read", cause);
  }
}
