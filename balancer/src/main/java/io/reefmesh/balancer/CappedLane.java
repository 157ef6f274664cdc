package io.reefmesh.balancer;

/** Ready tasks that stand aside together while a cap leaves them no permit. */
sealed interface CappedLane permits ProjectLane, KeyLane {}
