package io.reefmesh.balancer;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;

/**
 * What a node said of itself in its Hello.
 *
 * @param channel it connects an outside platform rather than runs tasks
 * @param capabilities what it offers
 * @param taskTypes what it has handlers for; empty: anything
 * @param labels its labels
 * @param slots how many tasks it may run at once
 * @param weight its share under the weighted strategy, 1-1000
 * @param keepsSessionState prefer it for the next task of a session it served
 * @param softwareVersion the software it runs
 * @param address where its link comes from
 */
public record NodeProfile(
    boolean channel,
    ImmutableSortedSet<String> capabilities,
    ImmutableSortedSet<String> taskTypes,
    ImmutableMap<String, String> labels,
    int slots,
    int weight,
    boolean keepsSessionState,
    String softwareVersion,
    String address) {

  /** Whether a node like this can serve a requirement. */
  public boolean serves(Requirement requirement) {
    return (taskTypes.isEmpty() || taskTypes.contains(requirement.type()))
        && capabilities.containsAll(requirement.capabilities())
        && labels.entrySet().containsAll(requirement.selector().entrySet());
  }
}
