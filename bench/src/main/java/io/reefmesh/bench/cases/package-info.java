/** One class for each figure: what it starts, how it warms up, what it measures. */
@NullMarked
package io.reefmesh.bench.cases;

import org.jspecify.annotations.NullMarked;
