package io.reefmesh.gateway.engine;

import java.time.Duration;

/**
 * Which ended tasks stay in the store. Tasks without an outcome always do.
 *
 * @param age how long after its end a task stays
 * @param count how many ended tasks stay at most; beyond it the oldest go, whatever their age
 */
public record RetentionRules(Duration age, long count) {}
