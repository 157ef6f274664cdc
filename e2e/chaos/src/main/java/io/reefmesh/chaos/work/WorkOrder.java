package io.reefmesh.chaos.work;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;

/**
 * What one task is to do, carried as its payload.
 *
 * @param workMillis how long an attempt takes
 * @param chunks how many pieces of output it writes on the way, 0-100
 * @param failFirst attempts up to this number fail, and say that another may help
 */
public record WorkOrder(long workMillis, int chunks, int failFirst) {

  /** The task type. */
  public static final String TYPE = "chaos";

  /** The code of a failure that was ordered. */
  public static final String ORDERED_FAILURE = "ORDERED";

  private static final String SEPARATOR = " ";
  private static final int FIELDS = 3;

  /** The payload: one line, then so many bytes that mean nothing. */
  public ByteString encode(int padBytes) {
    String line = workMillis + SEPARATOR + chunks + SEPARATOR + failFirst + "\n";
    return ByteString.copyFromUtf8(line + "x".repeat(padBytes));
  }

  /**
   * Reads a payload.
   *
   * @throws IllegalArgumentException if it is none of ours
   */
  public static WorkOrder decode(ByteString payload) {
    String text = payload.toString(StandardCharsets.UTF_8);
    String line = text.substring(0, Math.max(0, text.indexOf('\n')));
    String[] fields = line.split(SEPARATOR, -1);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException("not a work order: \"" + line + "\"");
    }
    return new WorkOrder(
        Long.parseLong(fields[0]), Integer.parseInt(fields[1]), Integer.parseInt(fields[2]));
  }

  /** One piece of an attempt's output. */
  public static String chunk(int attempt, int index) {
    return "attempt " + attempt + " piece " + index + "\n";
  }

  /** All that an attempt writes when nothing stops it. */
  public String output(int attempt) {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < chunks; i++) {
      all.append(chunk(attempt, i));
    }
    return all.toString();
  }
}
