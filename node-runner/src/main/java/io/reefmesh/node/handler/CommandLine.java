package io.reefmesh.node.handler;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a command line from the configuration into a program and its arguments, without a shell:
 * nothing is expanded, piped or globbed.
 *
 * <p>Arguments stand between blanks. Single quotes keep everything up to the next single quote;
 * double quotes do too, except that {@code \"} and {@code \\} stand for the second character; a
 * backslash outside quotes takes the next character as it is. {@code ''} is an empty argument.
 */
final class CommandLine {

  private final String text;
  private final List<String> arguments = new ArrayList<>();
  private final StringBuilder current = new StringBuilder();
  private boolean begun;
  private int position;

  private CommandLine(String text) {
    this.text = text;
  }

  /**
   * The arguments, the program first; at least one.
   *
   * @throws IllegalArgumentException if it is empty, a quote is not closed, or it ends with a
   *     backslash; the message completes "the command …"
   */
  static List<String> split(String text) {
    CommandLine line = new CommandLine(text);
    line.read();
    if (line.arguments.isEmpty() || line.arguments.get(0).isEmpty()) {
      throw new IllegalArgumentException("names no program");
    }
    return List.copyOf(line.arguments);
  }

  private void read() {
    while (position < text.length()) {
      char c = text.charAt(position++);
      switch (c) {
        case ' ', '\t', '\n', '\r' -> finishArgument();
        case '\'' -> quoted('\'');
        case '"' -> quoted('"');
        case '\\' -> append(next("ends with a backslash"));
        default -> append(c);
      }
    }
    finishArgument();
  }

  private void quoted(char quote) {
    begun = true;
    while (true) {
      char c = next("has a " + quote + " that is not closed");
      if (c == quote) {
        return;
      }
      boolean escape = c == '\\' && quote == '"' && position < text.length();
      if (escape && (text.charAt(position) == '"' || text.charAt(position) == '\\')) {
        c = text.charAt(position++);
      }
      append(c);
    }
  }

  private char next(String complaint) {
    if (position == text.length()) {
      throw new IllegalArgumentException(complaint);
    }
    return text.charAt(position++);
  }

  private void append(char c) {
    begun = true;
    current.append(c);
  }

  private void finishArgument() {
    if (begun) {
      arguments.add(current.toString());
      current.setLength(0);
      begun = false;
    }
  }
}
