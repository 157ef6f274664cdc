/**
 * Bugs that are known to be bad, planted one at a time: a few words of a source file are changed,
 * the file is compiled, and the seeded world runs with it. A check is worth what it finds here.
 */
@NullMarked
package io.reefmesh.simulation.mutants;

import org.jspecify.annotations.NullMarked;
