/**
 * What bots embed to hand tasks to a mesh and follow them to their outcome, and the one way by
 * which any program of the project dials a gateway. Everything public here is safe to use from
 * several threads unless it says otherwise.
 */
@NullMarked
package io.reefmesh.client;

import org.jspecify.annotations.NullMarked;
