/** What the machine can do without the mesh: echoes, a bare store, a bare log. */
@NullMarked
package io.reefmesh.bench.limit;

import org.jspecify.annotations.NullMarked;
