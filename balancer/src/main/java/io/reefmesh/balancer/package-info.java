/**
 * The decisions of the mesh: which task runs next, on which node, and what follows when things go
 * wrong. Deterministic and pure: no thread, no clock, no I/O; time and ids arrive with each event.
 */
@NullMarked
package io.reefmesh.balancer;

import org.jspecify.annotations.NullMarked;
