package io.reefmesh.simulation;

/** Everything that can go wrong here. Each kind must have happened in a whole run. */
enum Fault {
  /** A stream breaks and both ends hear of it; what was on its way is lost. */
  RESET,
  /** A stream breaks and only one end, or none, hears of it: the node dials a second one. */
  HALF_OPEN,
  /** A stream carries nothing any more in one direction. */
  ONE_WAY_CUT,
  /** A stream holds everything back for a while. */
  STALL,
  /** A stream takes seconds for every message. */
  SLOW_LINK,
  /** A node cannot reach the gateway for a while. */
  UNREACHABLE,
  /** A node's process ends and another starts later. */
  NODE_CRASH,
  /** A node's process ends for good. */
  NODE_GONE,
  /** A node's process stands still for a while. */
  NODE_FREEZE,
  /** A second process with a node's id. */
  TWIN,
  /** An operator drains a node, and lets it go on later. */
  DRAIN,
  /** An operator removes a node that may be at work. */
  REMOVE,
  /** The gateway's process ends at any moment. */
  GATEWAY_KILL,
  /** The gateway's process stands still for a while. */
  GATEWAY_FREEZE,
  /** A gateway that was replaced wakes up and goes on writing. */
  ZOMBIE_WRITER,
  /** The gateway dies before a commit is on the disk: what it had not synced is lost. */
  CRASH_BEFORE_COMMIT,
  /** The gateway dies when a commit is on the disk and nobody was told. */
  CRASH_AFTER_COMMIT,
  /** The gateway dies and only a beginning of the commit is on the disk. */
  TORN_COMMIT,
  /** A commit is on the disk, and the store says that it failed. */
  COMMIT_UNANSWERED,
  /** The disk is full. */
  DISK_FULL,
  /** A commit takes seconds. */
  SLOW_DISK
}
