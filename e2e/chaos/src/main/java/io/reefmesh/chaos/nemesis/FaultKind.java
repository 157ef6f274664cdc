package io.reefmesh.chaos.nemesis;

/** What is done to the mesh, and from when to when its recovery is timed. */
public enum FaultKind {
  /** SIGKILL to a node; away for longer than its grace, then started again. */
  NODE_KILL("node kill -9", "restart to linked"),
  /** SIGSTOP to a node, for less than the gateway waits. */
  NODE_PAUSE("node frozen, short", "thaw to linked"),
  /** SIGSTOP to a node, until it is lost and longer. */
  NODE_FREEZE("node frozen, long", "thaw to linked"),
  /** SIGKILL to the gateway; started again at once. */
  GATEWAY_KILL("gateway kill -9", "restart to first acknowledged submit"),
  /** SIGSTOP to the gateway, for shorter and longer than nodes wait. */
  GATEWAY_FREEZE("gateway frozen", "thaw to first acknowledged submit"),
  /** No room left for the gateway's data, until it stops; then room again, and a start. */
  DISK_FULL("disk full", "restart to first acknowledged submit"),
  /** The gateway's wall clock jumps, and back. */
  GATEWAY_CLOCK("gateway clock jump", "jump to first acknowledged submit"),
  /** A node's wall clock jumps, and back. */
  NODE_CLOCK("node clock jump", "jump to linked"),
  /** A node's connections are reset. */
  LINK_CUT("link cut", "cut to linked"),
  /** A node's bytes go nowhere, both ways. */
  LINK_BLACK_HOLE("link black hole", "heal to linked"),
  /** A node's bytes go nowhere, one way. */
  LINK_HALF_OPEN("link half open", "heal to linked"),
  /** A node's bytes are late and few. */
  LINK_SLOW("link slow", "heal to linked"),
  /** A node's connections are reset, and new ones too. */
  LINK_REFUSED("link refused", "heal to linked"),
  /** A client's connections are reset. */
  CLIENT_CUT("client cut", "cut to first answered call"),
  /** A client's bytes go nowhere. */
  CLIENT_BLACK_HOLE("client black hole", "heal to first answered call"),
  /** A client's bytes are late and few. */
  CLIENT_SLOW("client slow", "heal to first answered call");

  private final String label;
  private final String timed;

  FaultKind(String label, String timed) {
    this.label = label;
    this.timed = timed;
  }

  /** For people. */
  public String label() {
    return label;
  }

  /** From what to what its recovery is timed. */
  public String timed() {
    return timed;
  }
}
