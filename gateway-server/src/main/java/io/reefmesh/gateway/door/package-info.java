/**
 * What callers and operators meet: validation of what comes in, the shape of what goes out, errors,
 * and the gRPC port itself. Nothing here decides where or when a task runs.
 */
@NullMarked
package io.reefmesh.gateway.door;

import org.jspecify.annotations.NullMarked;
