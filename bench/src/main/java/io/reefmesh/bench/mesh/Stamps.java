package io.reefmesh.bench.mesh;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * Times inside payloads. All processes of a run read the one monotonic clock of their machine, so a
 * time written by one can be taken from a time read by another.
 */
public final class Stamps {

  /** What a stamp takes. */
  public static final int BYTES = Long.BYTES;

  private Stamps() {}

  /** So many bytes that begin with the time; never fewer than a stamp takes. */
  public static ByteString stamped(int size, long nanos) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.max(size, BYTES)).putLong(nanos).rewind();
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** The time that the bytes begin with; empty: they are too few. */
  public static OptionalLong read(ByteString bytes) {
    return read(bytes, 0);
  }

  /** The time at that position; empty: there are too few bytes. */
  public static OptionalLong read(ByteString bytes, int at) {
    if (bytes.size() < at + BYTES) {
      return OptionalLong.empty();
    }
    long value = 0;
    for (int i = at; i < at + BYTES; i++) {
      value = (value << 8) | (bytes.byteAt(i) & 0xff);
    }
    return OptionalLong.of(value);
  }
}
