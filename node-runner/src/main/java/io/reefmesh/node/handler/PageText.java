package io.reefmesh.node.handler;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The words of an HTML page: what stands in scripts, styles and the head is left out, blocks begin
 * lines, references become characters. It reads like a browser that is in a hurry, in one pass, and
 * takes any text. Not thread-safe.
 */
final class PageText {

  private static final List<String> HIDDEN =
      List.of("script", "style", "head", "noscript", "template", "svg", "iframe");
  private static final List<String> BLOCKS =
      List.of(
          "p",
          "div",
          "br",
          "li",
          "ul",
          "ol",
          "tr",
          "table",
          "h1",
          "h2",
          "h3",
          "h4",
          "h5",
          "h6",
          "section",
          "article",
          "header",
          "footer",
          "main",
          "nav",
          "blockquote",
          "pre",
          "dt",
          "dd",
          "hr",
          "form",
          "td",
          "th",
          "title",
          "body");
  private static final Map<String, String> NAMED =
      Map.of(
          "amp", "&", "lt", "<", "gt", ">", "quot", "\"", "apos", "'", "nbsp", " ", "ndash", "–",
          "mdash", "—", "hellip", "…", "copy", "©");

  /** The longest reference that is looked for behind an ampersand. */
  private static final int MAX_REFERENCE = 10;

  private final String html;
  private final StringBuilder text = new StringBuilder();
  private boolean blank = true;

  private PageText(String html) {
    this.html = html;
  }

  /** Its words, with a line for each block. */
  static String of(String html) {
    PageText page = new PageText(html);
    page.read();
    return page.text.toString().strip();
  }

  /** What the page calls itself; empty if it does not. */
  static String title(String html) {
    String lower = html.toLowerCase(Locale.ROOT);
    int begin = lower.indexOf("<title");
    int open = begin < 0 ? -1 : lower.indexOf('>', begin);
    int end = open < 0 ? -1 : lower.indexOf("</title", open);
    // Some letters grow when they are lowered; then places do not match.
    return end < 0 || lower.length() != html.length() ? "" : of(html.substring(open + 1, end));
  }

  private void read() {
    int at = 0;
    while (at < html.length()) {
      char c = html.charAt(at);
      if (c == '<' && startsTag(at + 1)) {
        at = tag(at);
      } else if (c == '&') {
        at = reference(at);
      } else {
        add(c);
        at++;
      }
    }
  }

  private boolean startsTag(int at) {
    if (at >= html.length()) {
      return false;
    }
    char c = html.charAt(at);
    return c == '/' || c == '!' || c == '?' || Character.isLetter(c);
  }

  /** Takes a tag; gives the place behind it, or behind what it hides. */
  private int tag(int begin) {
    if (html.startsWith("<!--", begin)) {
      int end = html.indexOf("-->", begin + 4);
      return end < 0 ? html.length() : end + 3;
    }
    int end = html.indexOf('>', begin);
    if (end < 0) {
      return html.length();
    }
    int nameBegin = html.charAt(begin + 1) == '/' ? begin + 2 : begin + 1;
    int nameEnd = nameBegin;
    while (nameEnd < end && Character.isLetterOrDigit(html.charAt(nameEnd))) {
      nameEnd++;
    }
    String name = html.substring(nameBegin, nameEnd).toLowerCase(Locale.ROOT);
    boolean opens = nameBegin == begin + 1;
    if (opens && HIDDEN.contains(name) && html.charAt(end - 1) != '/') {
      return behindHidden(name, end + 1);
    }
    if (BLOCKS.contains(name)) {
      breakLine();
    }
    return end + 1;
  }

  /** A head that is never closed ends where the body begins. */
  private int behindHidden(String name, int from) {
    int at = from;
    while (at < html.length()) {
      int next = html.indexOf('<', at);
      if (next < 0) {
        return html.length();
      }
      if (html.regionMatches(true, next + 1, "/" + name, 0, name.length() + 1)) {
        int end = html.indexOf('>', next);
        return end < 0 ? html.length() : end + 1;
      }
      if (name.equals("head") && html.regionMatches(true, next + 1, "body", 0, 4)) {
        return next;
      }
      at = next + 1;
    }
    return html.length();
  }

  private int reference(int begin) {
    int end = html.indexOf(';', begin);
    if (end < 0 || end - begin > MAX_REFERENCE) {
      add('&');
      return begin + 1;
    }
    String name = html.substring(begin + 1, end);
    String meant = name.startsWith("#") ? numbered(name.substring(1)) : NAMED.get(name);
    if (meant == null) {
      add('&');
      return begin + 1;
    }
    meant.chars().forEach(c -> add((char) c));
    return end + 1;
  }

  private static @org.jspecify.annotations.Nullable String numbered(String number) {
    boolean hex = number.startsWith("x") || number.startsWith("X");
    String digits = hex ? number.substring(1) : number;
    if (!digits.matches(hex ? "[0-9A-Fa-f]{1,6}" : "[0-9]{1,7}")) {
      return null;
    }
    int codePoint = Integer.parseInt(digits, hex ? 16 : 10);
    boolean isCharacter =
        Character.isValidCodePoint(codePoint)
            && !(codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE);
    return isCharacter ? Character.toString(codePoint) : null;
  }

  private void add(char c) {
    boolean space = Character.isWhitespace(c) || c == '\u00a0' || Character.isISOControl(c);
    if (!space) {
      text.append(c);
      blank = false;
    } else if (!blank) {
      text.append(' ');
      blank = true;
    }
  }

  private void breakLine() {
    int length = text.length();
    if (length > 0 && text.charAt(length - 1) == ' ') {
      text.setLength(length - 1);
    }
    if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
      text.append('\n');
    }
    blank = true;
  }
}
