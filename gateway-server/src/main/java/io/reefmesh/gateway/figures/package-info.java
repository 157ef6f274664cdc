/**
 * Counters and histograms that the gateway's threads feed as they work: some nanoseconds each,
 * without allocation, labels or locks. What becomes of them is not known here.
 */
@NullMarked
package io.reefmesh.gateway.figures;

import org.jspecify.annotations.NullMarked;
