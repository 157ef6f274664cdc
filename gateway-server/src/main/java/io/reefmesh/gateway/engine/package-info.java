/**
 * The one thread that decides: it takes everything that waits, steps the dispatcher, commits once,
 * and then lets the effects out. Nobody hears of anything that could still be lost.
 */
@NullMarked
package io.reefmesh.gateway.engine;

import org.jspecify.annotations.NullMarked;
