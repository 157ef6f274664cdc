/**
 * The gateway's end of the links: one stream per node, its inbound checks and its bounded outbox.
 * {@link io.reefmesh.gateway.link.NodeLinks} is the door; everything else stays in here.
 */
@NullMarked
package io.reefmesh.gateway.link;

import org.jspecify.annotations.NullMarked;
