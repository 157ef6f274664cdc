package io.reefmesh.simulation;

/**
 * What kind of mesh a seed lives in: how large, how busy, how unlucky. A seed's shape follows from
 * its number, so the seed alone repeats its history.
 */
enum Shape {
  /** A bit of everything. */
  EVEN(2, 5, 4, 3, 2_500, 25, 4, 100_000, 3_100, true, 90_000, 32),
  /** The same, with everything checked after each turn. */
  WATCHED(2, 5, 4, 3, 2_500, 25, 4, 100_000, 3_100, true, 90_000, 1),
  /** More work than slots: the queue is long. */
  CROWD(2, 4, 6, 6, 1_100, 15, 6, 100_000, 4_000, true, 90_000, 64),
  /** Little work and much bad luck. */
  UNLUCKY(1, 3, 3, 3, 4_000, 25, 3, 100_000, 1_000, true, 120_000, 32),
  /** Many small nodes. */
  FLEET(12, 24, 2, 5, 1_500, 20, 8, 100_000, 1_500, true, 90_000, 64),
  /** Nearly all work belongs to a few conversations. */
  SESSIONS(2, 5, 3, 3, 2_000, 80, 3, 100_000, 3_100, true, 90_000, 32),
  /** The gateway takes in very little: callers are refused and come back. */
  OVERLOAD(1, 3, 2, 5, 1_500, 20, 3, 12, 4_000, true, 90_000, 32),
  /** Hardly a fault: order and use of free slots can be judged. */
  QUIET(2, 3, 2, 4, 1_200, 15, 3, 100_000, 20_000, false, 60_000, 32),
  /** A fixed story, for crashes at every single commit. */
  SCRIPT(3, 3, 2, 2, 1_500, 30, 2, 100_000, 0, false, 40_000, 8);

  private static final Shape[] BY_SEED = {
    EVEN, CROWD, UNLUCKY, SESSIONS, WATCHED, OVERLOAD, FLEET, QUIET
  };

  /** Nodes at least. */
  final int minNodes;

  /** Nodes at most. */
  final int maxNodes;

  /** Slots of a node at most. */
  final int maxSlots;

  /** Callers. */
  final int clients;

  /** Mean time between a caller's submissions. */
  final int meanPauseMillis;

  /** Share of tasks that belong to a session. */
  final int sessionPercent;

  /** How many sessions there are. */
  final int sessions;

  /** What the gateway takes in before it refuses. */
  final int maxLiveTasks;

  /** Mean time between faults; 0: none but those of the script. */
  final int faultMillis;

  /** Whether the disk fails too. */
  final boolean storeFails;

  /** When calm begins. */
  final long faultsEndMillis;

  /** How often the dispatcher's whole state is checked. */
  final int checkEveryTurns;

  Shape(
      int minNodes,
      int maxNodes,
      int maxSlots,
      int clients,
      int meanPauseMillis,
      int sessionPercent,
      int sessions,
      int maxLiveTasks,
      int faultMillis,
      boolean storeFails,
      long faultsEndMillis,
      int checkEveryTurns) {
    this.minNodes = minNodes;
    this.maxNodes = maxNodes;
    this.maxSlots = maxSlots;
    this.clients = clients;
    this.meanPauseMillis = meanPauseMillis;
    this.sessionPercent = sessionPercent;
    this.sessions = sessions;
    this.maxLiveTasks = maxLiveTasks;
    this.faultMillis = faultMillis;
    this.storeFails = storeFails;
    this.faultsEndMillis = faultsEndMillis;
    this.checkEveryTurns = checkEveryTurns;
  }

  /** How many tasks may run at once in all; 0: as many as there are slots. */
  int projectCap() {
    return this == CROWD ? 5 : 0;
  }

  /** How much of the payloads of waiting tasks the gateway keeps in memory. */
  long payloadMemoryBytes() {
    return switch (this) {
      case EVEN, SCRIPT -> 0;
      case SESSIONS, UNLUCKY -> 150;
      default -> Long.MAX_VALUE;
    };
  }

  /** The shape of a seed. */
  static Shape of(long seed) {
    return BY_SEED[(int) Math.floorMod(seed, (long) BY_SEED.length)];
  }
}
