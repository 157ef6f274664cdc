/**
 * How busy the machine is: processors and memory, within the limits of the container if there are
 * any. Measured off the link's thread, so that a slow measurement delays no beat.
 */
@NullMarked
package io.reefmesh.node.load;

import org.jspecify.annotations.NullMarked;
