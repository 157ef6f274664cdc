package io.reefmesh.gateway.store;

/**
 * The right to write. Every commit names it; a commit with an older epoch is refused.
 *
 * @param epoch grows with each {@link TaskStore#acquire}
 */
public record WriteLease(long epoch) {}
