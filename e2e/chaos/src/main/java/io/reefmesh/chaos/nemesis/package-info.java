/**
 * Who harms the mesh: kinds of faults, in which order they come, and how long each took to heal.
 */
@NullMarked
package io.reefmesh.chaos.nemesis;

import org.jspecify.annotations.NullMarked;
