package io.reefmesh.gateway.door;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Texts seen lately, so that equal ones that live long are one object. Thread-safe. */
final class SharedTexts {

  /** A power of two. */
  private static final int PLACES = 256;

  private final AtomicReferenceArray<@Nullable String> places = new AtomicReferenceArray<>(PLACES);

  /** An equal text: the one that was seen before, if it is still known. */
  String share(String text) {
    int hash = text.hashCode() * 0x9E3779B9;
    int place = hash >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PLACES));
    String known = places.get(place);
    if (text.equals(known)) {
      return known;
    }
    places.set(place, text);
    return text;
  }
}
