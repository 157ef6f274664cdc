/**
 * A mesh of real processes under real faults, and a checker that says whether every promise was
 * kept. Never part of what is shipped.
 */
@NullMarked
package io.reefmesh.chaos;

import org.jspecify.annotations.NullMarked;
