/**
 * What a node can do out of the box: answer a ping, run allowed programs, hand a task to a command
 * in any language, ask a language model. {@link io.reefmesh.node.handler.StandardHandlers} picks
 * those that the settings of a node call for; everything else here serves them.
 */
@NullMarked
package io.reefmesh.node.handler;

import org.jspecify.annotations.NullMarked;
