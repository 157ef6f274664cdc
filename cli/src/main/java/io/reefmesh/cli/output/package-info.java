/**
 * What the command prints: tables and sentences for people, JSON lines for scripts. The results of
 * a command go to standard output, everything said about them to standard error.
 */
@NullMarked
package io.reefmesh.cli.output;

import org.jspecify.annotations.NullMarked;
