/**
 * The node's metrics for Prometheus: what its handlers do, and whether its link is live. Shown by
 * the HTTP health port.
 */
@NullMarked
package io.reefmesh.node.metrics;

import org.jspecify.annotations.NullMarked;
