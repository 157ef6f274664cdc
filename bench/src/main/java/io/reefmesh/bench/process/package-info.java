/** The processes of a run: starting them, and what the system says of each. */
@NullMarked
package io.reefmesh.bench.process;

import org.jspecify.annotations.NullMarked;
