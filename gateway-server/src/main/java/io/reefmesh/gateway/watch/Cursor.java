package io.reefmesh.gateway.watch;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.Optional;

/**
 * Where a reader goes on: the life of the gateway it was given in, and the place of the next entry.
 *
 * @param epoch the gateway's epoch
 * @param next the place of the next entry
 * @param statesFrom states before this place are older than what the reader was told first; at
 *     least {@code next}
 */
public record Cursor(long epoch, long next, long statesFrom) {

  private static final int MAX_LENGTH = 64;
  private static final Splitter DOTS = Splitter.on('.').limit(4);

  /** Older states are none of the reader's business, by definition. */
  public Cursor {
    statesFrom = Math.max(next, statesFrom);
  }

  /** A cursor of a reader that was told all states so far. */
  public Cursor(long epoch, long next) {
    this(epoch, next, next);
  }

  /** Reads a cursor back; empty: it is not one. */
  public static Optional<Cursor> parse(String text) {
    List<String> parts = DOTS.splitToList(text);
    if (parts.size() < 2 || parts.size() > 3 || text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    try {
      long epoch = number(parts.get(0));
      long next = number(parts.get(1));
      return Optional.of(new Cursor(epoch, next, parts.size() == 2 ? next : number(parts.get(2))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    String place = text(epoch) + '.' + text(next);
    return statesFrom == next ? place : place + '.' + text(statesFrom);
  }

  private static long number(String text) {
    long number = Long.parseLong(text, Character.MAX_RADIX);
    if (number < 0) {
      throw new NumberFormatException("negative");
    }
    return number;
  }

  private static String text(long number) {
    return Long.toString(number, Character.MAX_RADIX);
  }
}
