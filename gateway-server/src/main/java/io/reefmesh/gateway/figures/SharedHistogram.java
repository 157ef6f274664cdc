package io.reefmesh.gateway.figures;

/** A histogram that any thread may feed. */
public final class SharedHistogram extends DoublingHistogram {

  /** An empty one. */
  public SharedHistogram(Scale scale) {
    super(scale);
  }

  @Override
  void add(int cell, long amount) {
    cells.getAndAdd(cell, amount);
  }
}
