package io.reefmesh.node.work;

/** A taken slot. The first close frees it, later ones do nothing. Not thread-safe. */
public final class SlotPermit implements AutoCloseable {

  private final SlotPool pool;
  private boolean open = true;

  SlotPermit(SlotPool pool) {
    this.pool = pool;
  }

  /** Whether the slot is still taken. */
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      pool.release();
    }
  }
}
