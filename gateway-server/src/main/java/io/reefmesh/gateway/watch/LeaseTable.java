package io.reefmesh.gateway.watch;

import io.reefmesh.balancer.TaskId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which attempt of a task counts, and by which link its output may come. Written by the engine when
 * leases are durable, read by links for every piece of output.
 */
public final class LeaseTable {

  private record Lease(long link, int attempt) {}

  private final Map<TaskId, Lease> leases = new ConcurrentHashMap<>();

  /** Output of this attempt counts from now on, when it comes by this link. */
  public void grant(TaskId id, int attempt, long link) {
    leases.put(id, new Lease(link, attempt));
  }

  /** Output of this attempt no longer counts. */
  public void end(TaskId id, int attempt) {
    leases.computeIfPresent(id, (i, lease) -> lease.attempt() == attempt ? null : lease);
  }

  /** Whether output of this attempt counts when it comes by this link. */
  public boolean counts(TaskId id, int attempt, long link) {
    Lease lease = leases.get(id);
    return lease != null && lease.attempt() == attempt && lease.link() == link;
  }
}
