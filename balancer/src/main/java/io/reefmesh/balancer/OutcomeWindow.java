package io.reefmesh.balancer;

import java.util.HashSet;
import java.util.Set;

/** How the latest attempts ended: some of them, and only those of the last while. */
final class OutcomeWindow {

  /** A failure of the node as such, whatever it ran. No task type is empty. */
  static final String NODE_ITSELF = "";

  private static final int FIRST_SAMPLES = 8;
  private static final int MAX_SAMPLES = 32;
  private static final int PERCENT = 100;

  /**
   * One ended attempt.
   *
   * @param source whose doing it is: the task type, or {@link #NODE_ITSELF}
   */
  private record Sample(long atMillis, TaskId task, String source, boolean failed) {}

  private final long windowMillis;

  /** A ring: the oldest is at {@link #first}. */
  private Sample[] samples = new Sample[0];

  private int first;
  private int size;

  OutcomeWindow(long windowMillis) {
    this.windowMillis = windowMillis;
  }

  void note(long nowMillis, TaskId task, String source, boolean failed) {
    dropOlderThan(nowMillis - windowMillis);
    if (size == MAX_SAMPLES) {
      dropFirst();
    } else if (size == samples.length) {
      grow();
    }
    samples[(first + size) % samples.length] = new Sample(nowMillis, task, source, failed);
    size++;
  }

  /** Enough attempts failed, of enough different tasks. */
  boolean isBad(HealthRules rules) {
    int failed = 0;
    Set<TaskId> tasks = new HashSet<>();
    for (int i = 0; i < size; i++) {
      Sample sample = at(i);
      if (sample.failed()) {
        failed++;
        tasks.add(sample.task());
      }
    }
    return size >= rules.minAttempts()
        && tasks.size() >= rules.minTasks()
        && failed * PERCENT >= size * rules.failurePercent();
  }

  /** Whose doing the failures are. */
  Set<String> failedSources() {
    Set<String> sources = new HashSet<>();
    for (int i = 0; i < size; i++) {
      if (at(i).failed()) {
        sources.add(at(i).source());
      }
    }
    return sources;
  }

  /** Forgets what is of this source: it is dealt with elsewhere. */
  void forget(String source) {
    Sample[] kept = new Sample[samples.length];
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (!at(i).source().equals(source)) {
        kept[count++] = at(i);
      }
    }
    samples = kept;
    first = 0;
    size = count;
  }

  void clear() {
    samples = new Sample[0];
    first = 0;
    size = 0;
  }

  int size() {
    return size;
  }

  private Sample at(int index) {
    return samples[(first + index) % samples.length];
  }

  private void dropOlderThan(long millis) {
    while (size > 0 && at(0).atMillis() <= millis) {
      dropFirst();
    }
  }

  private void dropFirst() {
    first = (first + 1) % samples.length;
    size--;
  }

  private void grow() {
    Sample[] ordered = new Sample[Math.max(FIRST_SAMPLES, samples.length * 2)];
    for (int i = 0; i < size; i++) {
      ordered[i] = at(i);
    }
    samples = ordered;
    first = 0;
  }
}
