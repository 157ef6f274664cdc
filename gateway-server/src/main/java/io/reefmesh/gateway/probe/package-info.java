/**
 * How orchestrators learn whether the gateway is ready and alive, over gRPC and over HTTP.
 * Readiness and liveness never depend on other machines.
 */
@NullMarked
package io.reefmesh.gateway.probe;

import org.jspecify.annotations.NullMarked;
