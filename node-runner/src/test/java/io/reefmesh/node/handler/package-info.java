/** Tests of the handlers: real child processes, real HTTP servers, and a context that records. */
@NullMarked
package io.reefmesh.node.handler;

import org.jspecify.annotations.NullMarked;
