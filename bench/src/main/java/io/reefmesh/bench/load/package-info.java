/** Load: closed and open loops, and what they are made of. */
@NullMarked
package io.reefmesh.bench.load;

import org.jspecify.annotations.NullMarked;
