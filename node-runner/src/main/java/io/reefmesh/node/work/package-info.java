/**
 * Where attempts run: slots and their permits, the thread and the context of each attempt, and what
 * it leaves behind. Knows nothing of links; what happens is told to an {@link
 * io.reefmesh.node.work.AttemptListener}.
 */
@NullMarked
package io.reefmesh.node.work;

import org.jspecify.annotations.NullMarked;
