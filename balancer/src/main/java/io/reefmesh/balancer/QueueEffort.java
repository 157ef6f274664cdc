package io.reefmesh.balancer;

/** What the ready queue has compared so far: how the tests see that nothing is scanned. */
final class QueueEffort {

  long comparisons;
}
