package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TextHashTest {

  /** The key of the authors' test vectors: the bytes 0 to 15. */
  private final TextHash hash = new TextHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  private String of(String text) {
    hash.begin().put(text).end();
    return hex(hash.low) + hex(hash.high);
  }

  private static String hex(long value) {
    return "%016x".formatted(Long.reverseBytes(value));
  }

  /** The bytes 0, 1, 2, … as characters of two bytes. */
  private static String counting(int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes; i += 2) {
      text.append((char) (i | (i + 1) << 8));
    }
    return text.toString();
  }

  @Test
  void shouldGiveWhatTheAuthorsGive() {
    assertThat(of("")).isEqualTo("a3817f04ba25a8e66df67214c7550293");
    assertThat(of(counting(2))).isEqualTo("8177228da4a45dc7fca38bdef60affe4");
  }

  @Test
  void shouldTellTextsApart() {
    assertThat(of("a")).isNotEqualTo(of("b")).isEqualTo(of("a"));
    assertThat(of("abcd")).isNotEqualTo(of("abcd\0")).isNotEqualTo(of("abc"));
    TextHash other = new TextHash(1, 2);
    other.begin().put("a").end();
    hash.begin().put("a").end();
    assertThat(other.low).isNotEqualTo(hash.low);
  }
}
