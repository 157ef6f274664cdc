package io.reefmesh.balancer;

/** Where a node stands. The legal changes are drawn in docs/state-machines.md. */
public enum NodeState {
  /** Linked, with a free slot. */
  ONLINE,
  /** Linked, without a free slot, or busy by its own word. */
  BUSY,
  /** Linked, finishing what it has, taking nothing new. */
  DRAINING,
  /** Its link is closed or silent: it gets nothing new and keeps its leases. */
  SUSPECT,
  /** Linked, but taken out after repeated failures or told to cool down. */
  UNHEALTHY,
  /** Gone: its leases ended, its tasks moved. */
  OFFLINE;

  /** Whether a node may go on from this state to that one. */
  public boolean mayBecome(NodeState next) {
    return switch (this) {
      case ONLINE, BUSY, DRAINING, SUSPECT, UNHEALTHY -> next != this;
      // Straight to UNHEALTHY: its circuit was open when it went.
      case OFFLINE -> next == ONLINE || next == BUSY || next == DRAINING || next == UNHEALTHY;
    };
  }
}
