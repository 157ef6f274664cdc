/** Small pieces measured alone, by JMH and without it. */
@NullMarked
package io.reefmesh.bench.micro;

import org.jspecify.annotations.NullMarked;
