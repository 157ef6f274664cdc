package io.reefmesh.simulation;

/**
 * A crash at one commit of a history.
 *
 * @param commit which: 1, 2, 3, …
 * @param how one of the faults of commits
 */
record CrashPoint(int commit, Fault how) {}
