/**
 * The journal: where tasks are kept, behind one interface. Everything here is durable before anyone
 * outside hears of it.
 */
@NullMarked
package io.reefmesh.gateway.store;

import org.jspecify.annotations.NullMarked;
