package io.reefmesh.gateway.watch;

import java.util.Optional;

/**
 * Where a reader goes on: the life of the gateway it was given in, and the place of the next entry.
 *
 * @param epoch the gateway's epoch
 * @param next the place of the next entry
 */
public record Cursor(long epoch, long next) {

  private static final int MAX_LENGTH = 64;

  /** Reads a cursor back; empty: it is not one. */
  public static Optional<Cursor> parse(String text) {
    int dot = text.indexOf('.');
    if (dot < 1 || text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    try {
      long epoch = Long.parseLong(text.substring(0, dot), Character.MAX_RADIX);
      long next = Long.parseLong(text.substring(dot + 1), Character.MAX_RADIX);
      return epoch < 0 || next < 0 ? Optional.empty() : Optional.of(new Cursor(epoch, next));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return Long.toString(epoch, Character.MAX_RADIX)
        + '.'
        + Long.toString(next, Character.MAX_RADIX);
  }
}
