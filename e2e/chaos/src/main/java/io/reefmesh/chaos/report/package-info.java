/** What a run came to, for people and for programs. */
@NullMarked
package io.reefmesh.chaos.report;

import org.jspecify.annotations.NullMarked;
