package io.reefmesh.gateway.engine;

import io.reefmesh.balancer.TaskId;

/** Makes task ids that only grow, within each partition and within one gateway life. */
final class TaskIds {

  private final long[] last = new long[TaskId.PARTITIONS];
  private int nextPartition;

  /**
   * The next id.
   *
   * @param routingHash the same hash always gives the same partition; 0: any partition
   */
  TaskId next(long nowMillis, long routingHash) {
    int partition =
        routingHash == 0
            ? nextPartition++ & (TaskId.PARTITIONS - 1)
            : (int) (routingHash & (TaskId.PARTITIONS - 1));
    long fresh = TaskId.of(nowMillis, 0, partition).value();
    // A full millisecond borrows from the next one: ids stay unique and keep growing.
    long value = Math.max(fresh, last[partition] + TaskId.PARTITIONS);
    last[partition] = value;
    return new TaskId(value);
  }
}
