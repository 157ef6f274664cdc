package io.reefmesh.node.link;

import io.reefmesh.v1.NodeType;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who a node is and what it offers.
 *
 * @param nodeId unique in the mesh
 * @param incarnation random per process, 16 lower-case hex digits
 * @param type what it is for
 * @param capabilities what it offers, sorted
 * @param taskTypes the types it has handlers for, sorted
 * @param labels its labels
 * @param slots how many attempts may run at once
 * @param weight its share under the weighted strategy; 0: its slots
 * @param keepsSessionState whether a session's next task is better off here
 * @param softwareVersion what it runs
 */
public record LinkProfile(
    String nodeId,
    String incarnation,
    NodeType type,
    List<String> capabilities,
    List<String> taskTypes,
    Map<String, String> labels,
    int slots,
    int weight,
    boolean keepsSessionState,
    String softwareVersion) {

  /** Sorted, so that equal nodes say equal things. */
  public LinkProfile {
    capabilities = List.copyOf(new TreeSet<>(capabilities));
    taskTypes = List.copyOf(new TreeSet<>(taskTypes));
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }
}
