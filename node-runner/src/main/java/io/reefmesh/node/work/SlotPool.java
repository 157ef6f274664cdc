package io.reefmesh.node.work;

import org.jspecify.annotations.Nullable;

/**
 * The slots of a node: room for that many running attempts. Not thread-safe: it belongs to whoever
 * decides about assignments.
 */
public final class SlotPool {

  private final int capacity;
  private int taken;

  /** So many slots, all free. */
  public SlotPool(int capacity) {
    if (capacity < 0) {
      throw new IllegalArgumentException("slots must not be negative: " + capacity);
    }
    this.capacity = capacity;
  }

  /** How many there are. */
  public int capacity() {
    return capacity;
  }

  /** How many permits are open. */
  public int taken() {
    return taken;
  }

  /** A slot, or null when none is free. */
  public @Nullable SlotPermit tryAcquire() {
    if (taken == capacity) {
      return null;
    }
    taken++;
    return new SlotPermit(this);
  }

  void release() {
    taken--;
  }
}
