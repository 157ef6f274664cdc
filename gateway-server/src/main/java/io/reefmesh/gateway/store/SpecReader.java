package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/**
 * Reads specifications of which many are equal: they are parsed once, and become one object, as
 * long as not too many others come in between. Not thread-safe.
 */
final class SpecReader {

  /** A power of two. */
  private static final int PLACES = 256;

  private final @Nullable StoredSpec[] places = new @Nullable StoredSpec[PLACES];

  /**
   * The specification in these bytes, which are the reader's from now on.
   *
   * @throws InvalidProtocolBufferException if there is none in them
   */
  StoredSpec read(byte[] bytes) throws InvalidProtocolBufferException {
    ByteString fresh = UnsafeByteOperations.unsafeWrap(bytes);
    int hash = fresh.hashCode() * 0x9E3779B9;
    int place = hash >>> (Integer.SIZE - Integer.numberOfTrailingZeros(PLACES));
    StoredSpec known = places[place];
    if (known != null && known.bytes().equals(fresh)) {
      return known;
    }
    if (known != null) {
      known.letGo();
    }
    StoredSpec parsed = StoredSpec.parse(fresh);
    places[place] = parsed;
    return parsed;
  }
}
