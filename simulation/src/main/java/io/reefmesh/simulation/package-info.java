/**
 * A seeded world with its own time, in which the real dispatcher, engine, link and node core run
 * among crashes, cuts and failing disks. One seed gives one history, to the last event; an
 * independent model says whether every promise was kept.
 */
@NullMarked
package io.reefmesh.simulation;

import org.jspecify.annotations.NullMarked;
