/**
 * What a node can do out of the box: answer a ping, run allowed programs, hand a task to a command
 * in any language, ask a model about words, pictures and recordings, remember; and if it is allowed
 * to, use files, search the web and run snippets. {@link io.reefmesh.node.handler.StandardHandlers}
 * picks those that the settings of a node call for; everything else here serves them.
 */
@NullMarked
package io.reefmesh.node.handler;

import org.jspecify.annotations.NullMarked;
