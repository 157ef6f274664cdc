package io.reefmesh.cli.output;

import java.util.ArrayList;
import java.util.List;

/**
 * A table in columns as wide as their widest cell, two spaces apart. Columns of numbers stand at
 * the right. Control characters in cells are shown as '?', so that data cannot drive a terminal.
 * Not thread-safe.
 */
public final class TextTable {

  private static final String GAP = "  ";

  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with these column names. */
  public TextTable(String... header) {
    this.header = List.of(header);
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if it has not one cell per column
   */
  public TextTable row(Object... cells) {
    if (cells.length != header.size()) {
      throw new IllegalArgumentException(
          "a row of " + cells.length + " cells in a table of " + header.size() + " columns");
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(printable(String.valueOf(cell)));
    }
    rows.add(row);
    return this;
  }

  /** The table, a line per row, the header first, without spaces at line ends. */
  public String render() {
    int[] widths = new int[header.size()];
    boolean[] numeric = new boolean[header.size()];
    for (int column = 0; column < widths.length; column++) {
      widths[column] = width(header.get(column));
      numeric[column] = !rows.isEmpty();
      for (List<String> row : rows) {
        widths[column] = Math.max(widths[column], width(row.get(column)));
        numeric[column] &= isNumber(row.get(column));
      }
    }
    StringBuilder text = new StringBuilder();
    appendRow(text, header, widths, numeric);
    rows.forEach(row -> appendRow(text, row, widths, numeric));
    return text.toString();
  }

  /** The text without control characters, for one line of a terminal. */
  public static String printable(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            point ->
                plain.appendCodePoint(
                    Character.isISOControl(point) || Character.getType(point) == Character.FORMAT
                        ? '?'
                        : point));
    return plain.toString();
  }

  private static void appendRow(
      StringBuilder text, List<String> row, int[] widths, boolean[] numeric) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = row.get(column);
      String padding = " ".repeat(widths[column] - width(cell));
      line.append(column == 0 ? "" : GAP).append(numeric[column] ? padding + cell : cell + padding);
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  /** Also "-", the empty cell, and a number with a percent sign or a unit of time behind it. */
  private static boolean isNumber(String cell) {
    return cell.equals("-") || cell.matches("-?[0-9][0-9,.]*( ?(%|ms|s|m|h|d))?");
  }
}
