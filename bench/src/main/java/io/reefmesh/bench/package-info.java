/**
 * What the mesh costs, beside what the machine can do: a load generator that starts a mesh of
 * processes, drives it, measures the limits in the same run, and prints a table or JSON.
 */
@NullMarked
package io.reefmesh.bench;

import org.jspecify.annotations.NullMarked;
