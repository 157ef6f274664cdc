/** The mesh under test, and what its callers and nodes do. */
@NullMarked
package io.reefmesh.bench.mesh;

import org.jspecify.annotations.NullMarked;
