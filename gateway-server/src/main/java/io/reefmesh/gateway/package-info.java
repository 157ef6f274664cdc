/**
 * The gateway as one process: its settings, how it starts and stops, and how it says that it
 * cannot. Everything it does stands in the packages below.
 */
@NullMarked
package io.reefmesh.gateway;

import org.jspecify.annotations.NullMarked;
