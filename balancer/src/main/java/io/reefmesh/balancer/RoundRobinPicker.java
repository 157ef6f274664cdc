package io.reefmesh.balancer;

/**
 * Picks nodes in turn: always the one whose last turn is longest ago. A newcomer goes to the end; a
 * node that had no room keeps its place, and takes one turn, not several, when it has room again.
 */
class RoundRobinPicker extends RankedPicker {

  @Override
  double rank(Candidate candidate) {
    return 0;
  }
}
