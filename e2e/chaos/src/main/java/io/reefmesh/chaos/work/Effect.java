package io.reefmesh.chaos.work;

import java.util.Locale;
import java.util.Optional;

/**
 * A trace that a handler left outside the mesh, with its fencing token.
 *
 * @param kind what happened
 * @param taskId of the token
 * @param attempt of the token
 * @param node where
 * @param life which process life of that node, 1, 2, 3, …
 * @param nanos the machine's monotonic clock, the same in all its processes
 */
public record Effect(Kind kind, String taskId, int attempt, String node, int life, long nanos) {

  /** What a handler did. */
  public enum Kind {
    /** It began to work. */
    BEGUN,
    /** It did all its work and gave a result. */
    DONE,
    /** It failed, as it was ordered to. */
    FAILED,
    /** It was interrupted. */
    STOPPED
  }

  private static final int FIELDS = 6;

  /** One line, without its end. */
  public String format() {
    return String.join(
        " ", kind.name(), taskId, "" + attempt, node, "" + life, Long.toString(nanos));
  }

  /** Reads a line; empty if it is cut short. */
  public static Optional<Effect> parse(String line) {
    String[] fields = line.split(" ", -1);
    if (fields.length != FIELDS || fields[FIELDS - 1].isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Effect(
            Kind.valueOf(fields[0].toUpperCase(Locale.ROOT)),
            fields[1],
            Integer.parseInt(fields[2]),
            fields[3],
            Integer.parseInt(fields[4]),
            Long.parseLong(fields[5])));
  }

  /** The fencing token, as one word. */
  public String token() {
    return token(taskId, attempt);
  }

  /** A fencing token, as one word. */
  public static String token(String taskId, int attempt) {
    return taskId + "/" + attempt;
  }

  /** What a handler gives as its result: the token and where it ran. */
  public static String result(String taskId, int attempt, String node, int life) {
    return token(taskId, attempt) + " on " + node + " life " + life;
  }
}
