package io.reefmesh.balancer;

/**
 * SipHash-2-4 with 128 bits of outcome (Aumasson and Bernstein, 2012): as good as unique, and
 * without the key nobody can look for two texts that give the same. Takes characters as two bytes,
 * the lower one first.
 *
 * <p>Not thread-safe: {@link #begin}, any number of {@link #put}, {@link #end}, and then the
 * outcome stands in {@link #low} and {@link #high} until the next {@code begin}.
 */
final class TextHash {

  private static final int CHARS_PER_WORD = 4;

  private final long key0;
  private final long key1;
  private long v0;
  private long v1;
  private long v2;
  private long v3;

  /** The characters that do not fill a word yet, and how many were put in altogether. */
  private long word;

  private int length;

  /** The outcome. */
  long low;

  long high;

  TextHash(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  TextHash begin() {
    v0 = key0 ^ 0x736f6d6570736575L;
    v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
    v2 = key0 ^ 0x6c7967656e657261L;
    v3 = key1 ^ 0x7465646279746573L;
    word = 0;
    length = 0;
    return this;
  }

  TextHash put(char c) {
    int place = length++ & (CHARS_PER_WORD - 1);
    word |= ((long) c) << (place * Character.SIZE);
    if (place == CHARS_PER_WORD - 1) {
      compress(word);
      word = 0;
    }
    return this;
  }

  TextHash put(String text) {
    int i = 0;
    while (i < text.length() && (length & (CHARS_PER_WORD - 1)) != 0) {
      put(text.charAt(i++));
    }
    for (; i + CHARS_PER_WORD <= text.length(); i += CHARS_PER_WORD) {
      compress(
          text.charAt(i)
              | ((long) text.charAt(i + 1) << Character.SIZE)
              | ((long) text.charAt(i + 2) << (2 * Character.SIZE))
              | ((long) text.charAt(i + 3) << (3 * Character.SIZE)));
      length += CHARS_PER_WORD;
    }
    while (i < text.length()) {
      put(text.charAt(i++));
    }
    return this;
  }

  void end() {
    compress(word | (((long) length * Character.BYTES) << 56));
    v2 ^= 0xee;
    rounds(4);
    low = v0 ^ v1 ^ v2 ^ v3;
    v1 ^= 0xdd;
    rounds(4);
    high = v0 ^ v1 ^ v2 ^ v3;
  }

  private void compress(long message) {
    v3 ^= message;
    rounds(2);
    v0 ^= message;
  }

  private void rounds(int count) {
    for (int i = 0; i < count; i++) {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
