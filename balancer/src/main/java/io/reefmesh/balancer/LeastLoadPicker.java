package io.reefmesh.balancer;

/**
 * Picks the node with the lowest score. Equal nodes take turns.
 *
 * <pre>
 * score = 1 - (1 - cpu) * (1 - memory)  +  inFlight / slots
 * </pre>
 *
 * <p>The first part, 0 to 1, is what is left of the smaller resource turned around: a node out of
 * memory scores as badly as one out of processor time, however idle the other is, and figures that
 * are alike on all nodes do not hide a difference in the other. The second part, 0 to 1, is known
 * at once, while load is only as new as the last beat: each task given raises the score by one
 * slot's share, so a burst between two beats spreads instead of landing on the node that looked
 * idle.
 */
class LeastLoadPicker extends RankedPicker {

  @Override
  double rank(Candidate candidate) {
    double left = (1 - load(candidate.cpuLoad())) * (1 - load(candidate.memoryLoad()));
    return 1 - left + shareInUse(candidate);
  }

  /** Between 0 and 1; a figure that is not a number counts as full, never as idle. */
  private static double load(double figure) {
    return Double.isNaN(figure) ? 1 : Math.max(0, Math.min(1, figure));
  }
}
