/** The processes of the mesh, each behind a proxy of its own, and what can be done to them. */
@NullMarked
package io.reefmesh.chaos.mesh;

import org.jspecify.annotations.NullMarked;
