package io.reefmesh.balancer;

/**
 * Something the dispatcher carries from an event to an effect and never looks into: payloads,
 * results, the place an answer goes to.
 */
public interface Opaque {}
