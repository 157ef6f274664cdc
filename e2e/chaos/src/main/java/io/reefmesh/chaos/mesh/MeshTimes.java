package io.reefmesh.chaos.mesh;

import java.time.Duration;

/**
 * How the gateway under test watches over its nodes.
 *
 * @param beat how often a node says that it lives
 * @param silentAfter silence after which it is suspect
 * @param grace how long it may then take to come back
 */
public record MeshTimes(Duration beat, Duration silentAfter, Duration grace) {

  /** Silence after which a node's work is given to others. */
  public Duration lostAfter() {
    return silentAfter.plus(grace);
  }

  @Override
  public String toString() {
    return "beat "
        + beat.toMillis()
        + " ms, silent after "
        + silentAfter.toMillis()
        + " ms, grace "
        + grace.toMillis()
        + " ms";
  }
}
