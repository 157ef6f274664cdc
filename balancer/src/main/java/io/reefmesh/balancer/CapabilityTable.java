package io.reefmesh.balancer;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a node must be capable of to serve a task type. A task may require more; a type that is not
 * in the table needs nothing. Immutable.
 */
public final class CapabilityTable {

  /** The task types that assistants have in common. */
  public static final CapabilityTable DEFAULT =
      new CapabilityTable(
          ImmutableMap.of(
              "agent-turn", ImmutableSortedSet.of("llm"),
              "tool-execution", ImmutableSortedSet.of("tools"),
              "memory-search", ImmutableSortedSet.of("memory"),
              "image-analysis", ImmutableSortedSet.of("vision"),
              "speech-transcription", ImmutableSortedSet.of("speech")));

  private final ImmutableMap<String, ImmutableSortedSet<String>> byType;

  private CapabilityTable(ImmutableMap<String, ImmutableSortedSet<String>> byType) {
    this.byType = byType;
  }

  /** This table with types added or replaced: what each needs, by task type. */
  public CapabilityTable with(Map<String, ImmutableSortedSet<String>> byTaskType) {
    Map<String, ImmutableSortedSet<String>> table = new LinkedHashMap<>(byType);
    table.putAll(byTaskType);
    return new CapabilityTable(ImmutableMap.copyOf(table));
  }

  /** What a task of a type needs of a node; empty for a type that is not in the table. */
  public ImmutableSortedSet<String> of(String taskType) {
    return byType.getOrDefault(taskType, ImmutableSortedSet.of());
  }

  @Override
  public String toString() {
    return byType.toString();
  }
}
