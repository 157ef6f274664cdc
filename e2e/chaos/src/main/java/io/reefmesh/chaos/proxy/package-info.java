/** A TCP proxy that can cut, hold back, swallow, slow down and refuse. */
@NullMarked
package io.reefmesh.chaos.proxy;

import org.jspecify.annotations.NullMarked;
