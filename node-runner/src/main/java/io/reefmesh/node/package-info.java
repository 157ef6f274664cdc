/**
 * The other end of the link: a node dials its gateway, runs what it is given in its slots, and
 * keeps each result until the gateway has it. {@link io.reefmesh.node.TaskHandler} is what users
 * write.
 */
@NullMarked
package io.reefmesh.node;

import org.jspecify.annotations.NullMarked;
