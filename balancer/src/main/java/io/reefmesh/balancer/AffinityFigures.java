package io.reefmesh.balancer;

/** How often the wish of a session for its last node came true, and what that cost. */
final class AffinityFigures {

  long hits;
  long misses;
  long waits;

  MeshFigures.Affinity snapshot(long waitedMillis) {
    return new MeshFigures.Affinity(hits, misses, waits, waitedMillis);
  }
}
