/** What clients and handlers saw, and the rules that it must obey. */
@NullMarked
package io.reefmesh.chaos.history;

import org.jspecify.annotations.NullMarked;
