package io.reefmesh.gateway.door;

/** Makes callers' texts fit for messages and log lines: short, printable ASCII. */
final class Printable {

  private static final int MAX_QUOTED = 64;

  private Printable() {}

  /** The text in quotation marks. */
  static String quoted(String text) {
    return '"' + cut(text, MAX_QUOTED) + '"';
  }

  /** The text with '?' for what is not printable ASCII, and "..." for what is too much. */
  static String cut(String text, int max) {
    StringBuilder cut = new StringBuilder(Math.min(text.length(), max));
    for (int i = 0; i < text.length(); i++) {
      if (cut.length() == max) {
        cut.setLength(max - 3);
        return cut.append("...").toString();
      }
      char c = text.charAt(i);
      cut.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return cut.toString();
  }
}
