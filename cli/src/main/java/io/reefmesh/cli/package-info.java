/**
 * The {@code reefmesh} command: it starts gateways and nodes as processes, and talks to a gateway
 * for people and scripts. Everything it can do to a mesh goes through the client SDK.
 */
@NullMarked
package io.reefmesh.cli;

import org.jspecify.annotations.NullMarked;
