package io.reefmesh.balancer;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one node out of those that can serve a requirement. One picker serves one requirement; it
 * knows all matching nodes that are linked, and which of them have room.
 *
 * <p>Not thread-safe: the dispatcher owns it. Every call is at most logarithmic in the number of
 * nodes, but for the few that copy a table because it has become too small. The same calls in the
 * same order give the same answers.
 */
public interface NodePicker {

  /** Adds a node, or tells that its room or its load changed. */
  void put(Candidate candidate);

  /** Takes a node out. Unknown ids are ignored. */
  void remove(String nodeId);

  /**
   * Chooses a node with room. The caller follows up with {@link #put} when the choice is used.
   *
   * @param key what the choice may stick to: the hash of the session, else of the task
   * @param avoid nodes not to choose, a few at most
   * @return the node's id; null when no node with room is left
   */
  @Nullable String pick(long key, Set<String> avoid);

  /** Whether any node has room. */
  boolean hasRoom();

  /**
   * A node as a picker sees it.
   *
   * @param nodeId the node
   * @param hasRoom whether it may be picked now
   * @param inFlight leases and holds on it
   * @param slots how many tasks it may run at once
   * @param weight its share under the weighted strategy, 1-1000
   * @param cpuLoad 0-1, by its last beat
   * @param memoryLoad 0-1, by its last beat
   */
  record Candidate(
      String nodeId,
      boolean hasRoom,
      int inFlight,
      int slots,
      int weight,
      double cpuLoad,
      double memoryLoad) {}
}
