/**
 * Proof that the chart is what a cluster accepts. It is linted and rendered by Helm itself, in
 * process, and every document is read into typed Kubernetes models that know no other field.
 */
@NullMarked
package io.reefmesh.helm;

import org.jspecify.annotations.NullMarked;
