package io.reefmesh.chaos.nemesis;

import java.time.Duration;

/**
 * How long a lane goes on.
 *
 * @param rounds how often each of its kinds is done at least
 * @param duration how long it goes on at least
 * @param longestPause between two faults
 */
public record LanePlan(int rounds, Duration duration, Duration longestPause) {}
