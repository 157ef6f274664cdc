/**
 * Settings of our processes: one reader for the YAML file, the environment and flags, which refuses
 * what it does not know and says what would be right.
 */
@NullMarked
package io.reefmesh.config;

import org.jspecify.annotations.NullMarked;
