package io.reefmesh.node.work;

import com.google.protobuf.ByteString;

/** Finds places where UTF-8 may be cut. */
public final class Utf8Boundary {

  /** A character has at most three bytes after its first. */
  private static final int MAX_CONTINUATION_BYTES = 3;

  private Utf8Boundary() {}

  /**
   * The greatest length up to {@code limit} that does not cut a character. Bytes that are no UTF-8
   * are cut anywhere.
   */
  public static int atOrBefore(ByteString bytes, int limit) {
    int end = Math.min(limit, bytes.size());
    for (int back = 1; back <= MAX_CONTINUATION_BYTES && back <= end; back++) {
      int unit = bytes.byteAt(end - back) & 0xFF;
      if ((unit & 0xC0) != 0x80) {
        return lengthByFirstByte(unit) > back ? end - back : end;
      }
    }
    return end;
  }

  /** The least length from {@code from} on that does not cut a character. */
  public static int atOrAfter(ByteString bytes, int from) {
    int end = from;
    while (end < bytes.size()
        && end - from < MAX_CONTINUATION_BYTES
        && (bytes.byteAt(end) & 0xC0) == 0x80) {
      end++;
    }
    return end;
  }

  private static int lengthByFirstByte(int unit) {
    if (unit >= 0xC2 && unit <= 0xDF) {
      return 2;
    }
    if (unit >= 0xE0 && unit <= 0xEF) {
      return 3;
    }
    return unit >= 0xF0 && unit <= 0xF4 ? 4 : 1;
  }
}
