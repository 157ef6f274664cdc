/**
 * The node's end of the link. {@link io.reefmesh.node.link.LinkCore} decides everything and knows
 * no thread, clock or socket; {@link io.reefmesh.node.link.GatewayLink} is the thin shell around
 * it.
 */
@NullMarked
package io.reefmesh.node.link;

import org.jspecify.annotations.NullMarked;
