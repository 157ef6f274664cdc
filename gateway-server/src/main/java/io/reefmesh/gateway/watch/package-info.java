/**
 * What watchers see: per task a short, bounded record of what happened, and readers that follow it
 * at their own pace. A slow reader misses output and is told so; it never holds anyone up.
 */
@NullMarked
package io.reefmesh.gateway.watch;

import org.jspecify.annotations.NullMarked;
