package io.reefmesh.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was probably meant. */
final class Nearest {

  /** Longer words are compared by their beginning. */
  private static final int COMPARED_LENGTH = 64;

  private Nearest() {}

  /** The candidate with the fewest letters to change; none if that is more than half of them. */
  static Optional<String> of(String word, Collection<String> candidates) {
    String plain = plain(word);
    String nearest = "";
    int least = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      int distance = distance(plain, plain(candidate));
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return least <= Math.max(plain.length(), nearest.length()) / 2
        ? Optional.of(nearest)
        : Optional.empty();
  }

  private static String plain(String word) {
    String lower = word.toLowerCase(Locale.ROOT).replace('_', '.').replace('-', '.');
    return lower.substring(0, Math.min(lower.length(), COMPARED_LENGTH));
  }

  /** Levenshtein's. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        row[j] =
            Math.min(
                Math.min(above, row[j - 1]) + 1,
                diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
