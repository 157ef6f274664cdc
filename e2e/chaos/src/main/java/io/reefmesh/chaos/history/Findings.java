package io.reefmesh.chaos.history;

import java.util.ArrayList;
import java.util.List;

/** Collects what went wrong and says it at once. Thread-safe. */
public final class Findings {

  private static final int MOST = 1_000;

  private final List<Finding> all = new ArrayList<>();

  /** Adds one. */
  public synchronized void add(Finding finding) {
    if (all.size() < MOST) {
      all.add(finding);
      System.out.println("VIOLATION " + finding);
    }
  }

  /** Adds one. */
  public void add(String rule, String text) {
    add(new Finding(rule, text));
  }

  /** All so far. */
  public synchronized List<Finding> all() {
    return List.copyOf(all);
  }
}
