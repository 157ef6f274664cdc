package io.reefmesh.balancer;

/**
 * Picks the node with the smallest share of its slots in use, so that a node with twice the slots
 * carries twice the tasks. Equal nodes take turns.
 */
class LeastConnectionsPicker extends RankedPicker {

  @Override
  double rank(Candidate candidate) {
    return shareInUse(candidate);
  }
}
