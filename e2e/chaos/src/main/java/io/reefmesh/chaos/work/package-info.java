/** What the tasks of a chaos run do, and the traces they leave: what a node's process runs. */
@NullMarked
package io.reefmesh.chaos.work;

import org.jspecify.annotations.NullMarked;
