/**
 * Renders the gateway's figures for Prometheus. The figures themselves are kept where they arise;
 * here they get their names, and are read when somebody asks.
 */
@NullMarked
package io.reefmesh.gateway.metrics;

import org.jspecify.annotations.NullMarked;
