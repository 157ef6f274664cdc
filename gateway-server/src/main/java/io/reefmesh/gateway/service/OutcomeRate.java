package io.reefmesh.gateway.service;

import java.util.ArrayDeque;

/** Outcomes per second over the last minute, from a counter that is looked at now and then. */
final class OutcomeRate {

  private static final long WINDOW_MILLIS = 60_000;
  private static final long STEP_MILLIS = 1_000;

  private record Sample(long atMillis, long total) {}

  private final ArrayDeque<Sample> samples = new ArrayDeque<>();

  /** Notes the counter, and gives the rate since the oldest note within the window. */
  synchronized double note(long nowMillis, long total) {
    while (!samples.isEmpty() && samples.peekFirst().atMillis() < nowMillis - WINDOW_MILLIS) {
      samples.removeFirst();
    }
    if (samples.isEmpty() || samples.peekLast().atMillis() <= nowMillis - STEP_MILLIS) {
      samples.addLast(new Sample(nowMillis, total));
    }
    Sample oldest = samples.peekFirst();
    long millis = nowMillis - oldest.atMillis();
    return millis <= 0 ? 0 : (total - oldest.total()) * 1000.0 / millis;
  }
}
