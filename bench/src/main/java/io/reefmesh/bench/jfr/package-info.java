/** Flight recordings, read on a terminal. */
@NullMarked
package io.reefmesh.bench.jfr;

import org.jspecify.annotations.NullMarked;
