package io.reefmesh.chaos.client;

import io.reefmesh.client.MeshException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;

/** Counts calls of clients by phase of the run, kind and whether they succeeded. Thread-safe. */
public final class CallCounter {

  /** Calls of one kind in one phase. */
  public record Count(long succeeded, long failed) {

    /** The share that succeeded; 1 if there were none. */
    public double ratio() {
      return succeeded + failed == 0 ? 1 : (double) succeeded / (succeeded + failed);
    }

    Count plus(Count other) {
      return new Count(succeeded + other.succeeded, failed + other.failed);
    }
  }

  private static final int MOST_REASONS = 50;
  private static final int MOST_CHARS = 160;

  // Guarded by this.
  private final Map<String, Map<String, Count>> phases = new LinkedHashMap<>();
  private final Map<String, Integer> reasons = new TreeMap<>();
  private String phase = "start";

  /** What is counted from now on belongs to this phase. */
  public synchronized void phase(String name) {
    phase = name;
  }

  /** A call succeeded. */
  public void succeeded(String kind) {
    count(kind, new Count(1, 0));
  }

  /** A call failed. */
  public synchronized void failed(String kind, Throwable why) {
    count(kind, new Count(0, 1));
    String reason = phase + " " + kind + " " + reason(why);
    if (reasons.size() < MOST_REASONS || reasons.containsKey(reason)) {
      reasons.merge(reason, 1, Integer::sum);
    }
  }

  /** Counts by phase, then by kind. */
  public synchronized Map<String, Map<String, Count>> counts() {
    Map<String, Map<String, Count>> copy = new LinkedHashMap<>();
    phases.forEach((name, kinds) -> copy.put(name, new TreeMap<>(kinds)));
    return copy;
  }

  /** All kinds of one phase. */
  public synchronized Count total(String name) {
    return phases.getOrDefault(name, Map.of()).values().stream()
        .reduce(new Count(0, 0), Count::plus);
  }

  /** Why calls failed, and how often. */
  public synchronized Map<String, Integer> reasons() {
    return new TreeMap<>(reasons);
  }

  private synchronized void count(String kind, Count count) {
    phases.computeIfAbsent(phase, name -> new TreeMap<>()).merge(kind, count, Count::plus);
  }

  private static String reason(Throwable why) {
    Throwable cause = why;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (!(cause instanceof MeshException mesh)) {
      return cause.getClass().getSimpleName();
    }
    return switch (mesh.code()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED ->
          mesh.code() + mesh.reason().map(reason -> " " + reason).orElse("");
      // Nobody expects any other: what it says is of interest.
      default -> cut(String.valueOf(mesh.getMessage()));
    };
  }

  private static String cut(String text) {
    return text.length() > MOST_CHARS ? text.substring(0, MOST_CHARS) : text;
  }
}
