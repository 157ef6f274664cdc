/**
 * Tells probes how the node is: ready while its link is live and nobody drains it, alive while its
 * loop turns. Over gRPC and over HTTP, on ports of their own.
 */
@NullMarked
package io.reefmesh.node.health;

import org.jspecify.annotations.NullMarked;
