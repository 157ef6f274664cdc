package io.reefmesh.config;

import java.util.Locale;
import java.util.stream.Stream;

/**
 * A value as it was given.
 *
 * @param text as written
 * @param origin where it was given, for people
 */
record Value(String text, String origin) {

  private static final String MASK = "***";

  /** The text for an error message; masked if the key sounds like a secret. */
  String shown(String key) {
    return soundsSecret(key) ? MASK : text;
  }

  /** The same for a text of KEY=VALUE pairs, where any of the keys may sound like a secret. */
  String shownAsPairs(String key) {
    return soundsSecret(text) ? MASK : shown(key);
  }

  private static boolean soundsSecret(String words) {
    String lower = words.toLowerCase(Locale.ROOT);
    return Stream.of("token", "key", "secret", "password").anyMatch(lower::contains);
  }
}
