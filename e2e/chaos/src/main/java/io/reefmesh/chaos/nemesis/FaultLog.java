package io.reefmesh.chaos.nemesis;

import io.reefmesh.chaos.history.Findings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every fault with its times, also as a file. Thread-safe. */
public final class FaultLog implements AutoCloseable {

  /**
   * A fault that is over.
   *
   * @param kind which
   * @param target whom it met
   * @param injectedNanos when it began
   * @param healedNanos when it was taken away
   * @param recovery from when to when its kind says
   * @param alone whether no fault of another lane fell into the same time
   */
  public record Entry(
      FaultKind kind,
      String target,
      long injectedNanos,
      long healedNanos,
      Duration recovery,
      boolean alone) {}

  private final long beganNanos = System.nanoTime();
  private final Findings findings;
  private final PrintWriter file;

  // Guarded by this.
  private final List<Entry> entries = new ArrayList<>();
  private final Map<FaultKind, String> skipped = new EnumMap<>(FaultKind.class);
  private final Map<String, List<Duration>> figures = new TreeMap<>();

  /** A log that is kept in a file, too. */
  public FaultLog(Path path, Findings findings) {
    this.findings = findings;
    try {
      this.file =
          new PrintWriter(
              Files.newBufferedWriter(path, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW),
              true);
    } catch (IOException e) {
      throw new UncheckedIOException("the fault log cannot be made", e);
    }
  }

  /** A line for whoever reads the file. */
  public synchronized void note(String text) {
    file.printf("%9.3f %s%n", seconds(System.nanoTime()), text);
  }

  /** A kind that cannot be done here. */
  public synchronized void skip(FaultKind kind, String why) {
    skipped.put(kind, why);
    note("skipped: " + kind.label() + ": " + why);
  }

  /** A fault is over. */
  public synchronized void add(
      FaultKind kind, String target, long injectedNanos, long healedNanos, Duration recovery) {
    entries.add(new Entry(kind, target, injectedNanos, healedNanos, recovery, false));
    note(
        "%s on %s, from %.3f to %.3f: recovered in %d ms (%s)"
            .formatted(
                kind.label(),
                target,
                seconds(injectedNanos),
                seconds(healedNanos),
                recovery.toMillis(),
                kind.timed()));
  }

  /** A fault from which the mesh did not recover in time. */
  public void neverRecovered(FaultKind kind, String target, Duration waited) {
    findings.add(
        "recovery",
        kind.label()
            + " on "
            + target
            + " was not recovered from in "
            + waited.toSeconds()
            + " s ("
            + kind.timed()
            + ")");
  }

  /** One more figure that is no fault's own recovery. */
  public synchronized void figure(String name, Duration value) {
    figures.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    note(name + ": " + value.toMillis() + " ms");
  }

  /** All faults that are over, each told whether it was alone. */
  public synchronized List<Entry> entries() {
    List<Entry> told = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      boolean alone = true;
      for (int j = 0; j < entries.size(); j++) {
        alone &= i == j || !overlap(entry, entries.get(j));
      }
      told.add(
          new Entry(
              entry.kind(),
              entry.target(),
              entry.injectedNanos(),
              entry.healedNanos(),
              entry.recovery(),
              alone));
    }
    return told;
  }

  private static boolean overlap(Entry one, Entry other) {
    return one.injectedNanos() <= endNanos(other) && other.injectedNanos() <= endNanos(one);
  }

  private static long endNanos(Entry entry) {
    return entry.healedNanos() + entry.recovery().toNanos();
  }

  /** How often a kind was done. */
  public synchronized long count(FaultKind kind) {
    return entries.stream().filter(entry -> entry.kind() == kind).count();
  }

  /** Kinds that cannot be done here, and why. */
  public synchronized Map<FaultKind, String> skipped() {
    return new EnumMap<>(skipped);
  }

  /** Figures beside the faults' own, by name. */
  public synchronized Map<String, List<Duration>> figures() {
    return new TreeMap<>(figures);
  }

  @Override
  public void close() {
    file.close();
  }

  private double seconds(long nanos) {
    return (nanos - beganNanos) / 1e9;
  }
}
