/**
 * The gRPC services that callers and operators use. They check requests, ask the engine or the store,
 * and render what comes back; they decide nothing.
 */
@NullMarked
package io.reefmesh.gateway.service;

import org.jspecify.annotations.NullMarked;
