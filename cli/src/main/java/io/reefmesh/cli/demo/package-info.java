/**
 * The demonstration: a real mesh of processes on this machine, real work, and a node that is killed
 * in the middle of it. It checks every result itself, so that its exit code means something.
 */
@NullMarked
package io.reefmesh.cli.demo;

import org.jspecify.annotations.NullMarked;
