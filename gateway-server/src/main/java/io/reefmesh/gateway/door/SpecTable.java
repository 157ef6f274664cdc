package io.reefmesh.gateway.door;

import com.google.protobuf.ByteString;
import io.reefmesh.gateway.door.SpecTerms.Understood;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Specifications seen lately, with their terms: callers mostly send the same one over and over, and
 * then the tasks share one object of each. A specification that falls on the place of another takes
 * it, so there are never more than {@link #PLACES}. Thread-safe.
 */
final class SpecTable {

  /** A power of two. */
  private static final int PLACES = 1_024;

  private final AtomicReferenceArray<@Nullable Understood> places =
      new AtomicReferenceArray<>(PLACES);

  /** The same specification of the same project, if it was seen lately. */
  @Nullable Understood find(String project, ByteString spec) {
    Understood known = places.get(placeOf(project, spec));
    return known != null
            && known.spec().bytes().equals(spec)
            && known.terms().project().equals(project)
        ? known
        : null;
  }

  void remember(Understood known) {
    Understood other =
        places.getAndSet(placeOf(known.terms().project(), known.spec().bytes()), known);
    if (other != null) {
      // Its tasks may live long: the message goes, the bytes stay.
      other.spec().letGo();
    }
  }

  private static int placeOf(String project, ByteString spec) {
    int hash = (31 * project.hashCode() + spec.hashCode()) * 0x9E3779B9;
    return hash >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PLACES));
  }
}
