package io.reefmesh.gateway.metrics;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Names that callers choose, as values of a label: the first so many keep theirs for good, all
 * others share one. Not thread-safe.
 */
final class BoundedNames {

  /** What all names beyond the limit are called. */
  static final String OTHER = "other";

  private final int limit;
  private final Set<String> named = new LinkedHashSet<>();

  BoundedNames(int limit) {
    this.limit = limit;
  }

  /** The name itself, or what stands for it. */
  String of(String name) {
    if (named.contains(name) || (named.size() < limit && named.add(name))) {
      return name;
    }
    return OTHER;
  }
}
