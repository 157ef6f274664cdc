package io.reefmesh.gateway.figures;

/**
 * A histogram that one thread feeds: a count costs two plain additions. Any thread may read it,
 * with a delay of nanoseconds.
 */
public final class OwnedHistogram extends DoublingHistogram {

  /** An empty one. */
  public OwnedHistogram(Scale scale) {
    super(scale);
  }

  @Override
  void add(int cell, long amount) {
    cells.lazySet(cell, cells.getPlain(cell) + amount);
  }
}
