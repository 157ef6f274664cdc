/** Figures, and how they are shown. */
@NullMarked
package io.reefmesh.bench.report;

import org.jspecify.annotations.NullMarked;
