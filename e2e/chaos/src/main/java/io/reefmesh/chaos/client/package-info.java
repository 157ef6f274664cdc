/** Callers: the real client SDK under a seeded load. */
@NullMarked
package io.reefmesh.chaos.client;

import org.jspecify.annotations.NullMarked;
