package io.reefmesh.cli.output;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write and read them. */
public final class Durations {

  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");

  private Durations() {}

  /**
   * Reads "500ms", "10s", "5m", "2h" or "1d".
   *
   * @throws IllegalArgumentException if it is anything else, or zero
   */
  public static Duration parse(String text) {
    Matcher matcher = WRITTEN.matcher(text.trim());
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no duration above zero, such as 500ms, 10s, 5m, 2h or 1d");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  /** In one unit that suits its size: "7 ms", "1.3 s", "12 m", "5 h", "3 d". */
  public static String show(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 100_000) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
    }
    if (millis < 100 * 60_000L) {
      return millis / 60_000 + " m";
    }
    return millis < 72 * 3_600_000L ? millis / 3_600_000 + " h" : millis / 86_400_000 + " d";
  }
}
