package io.reefmesh.gateway.service;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of outcomes all streams of submissions together may hold back for callers that do
 * not take them at once. Thread-safe.
 */
final class OutcomeMemory {

  private final long limit;
  private final AtomicLong used = new AtomicLong();

  OutcomeMemory(long limitBytes) {
    this.limit = limitBytes;
  }

  /** Takes so many, unless that would be too many. */
  boolean take(long bytes) {
    if (used.addAndGet(bytes) > limit) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void give(long bytes) {
    used.addAndGet(-bytes);
  }

  long used() {
    return used.get();
  }
}
