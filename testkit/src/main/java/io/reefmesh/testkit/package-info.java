/**
 * For tests of ours: a real mesh inside one process, a clock that moves when told, and fakes that
 * record.
 */
@NullMarked
package io.reefmesh.testkit;

import org.jspecify.annotations.NullMarked;
