package io.reefmesh.balancer;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;

/**
 * What a task needs of a node. Tasks with equal requirements share one ready queue.
 *
 * @param type the node has a handler for it
 * @param capabilities the node offers all of them
 * @param selector the node carries all of these labels
 */
public record Requirement(
    String type, ImmutableSortedSet<String> capabilities, ImmutableMap<String, String> selector) {

  /** A requirement without labels. */
  public static Requirement of(String type, String... capabilities) {
    return new Requirement(type, ImmutableSortedSet.copyOf(capabilities), ImmutableMap.of());
  }
}
