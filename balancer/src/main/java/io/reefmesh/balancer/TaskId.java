package io.reefmesh.balancer;

/**
 * A task's id: 63 bits, 41 of milliseconds since {@link #EPOCH_MILLIS}, 16 of a counter, 6 of a
 * partition. Ids of one partition only grow, so rows kept in id order are kept in time order.
 *
 * <p>People see 13 lower-case Crockford base-32 characters, which sort as the number does.
 *
 * @param value the bits, never negative
 */
public record TaskId(long value) implements Comparable<TaskId> {

  /** 2025-01-01T00:00:00Z: what the milliseconds are counted from. They last until 2094. */
  public static final long EPOCH_MILLIS = 1_735_689_600_000L;

  private static final int COUNTER_BITS = 16;
  private static final int PARTITION_BITS = 6;
  private static final int TEXT_LENGTH = 13;
  private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
  private static final byte[] DIGITS = digits();

  /** How many partitions the id space has. */
  public static final int PARTITIONS = 1 << PARTITION_BITS;

  /** How many ids one partition has per millisecond. */
  public static final int IDS_PER_MILLI = 1 << COUNTER_BITS;

  public TaskId {
    if (value < 0) {
      throw new IllegalArgumentException("a task id has 63 bits");
    }
  }

  /** Packs the three parts. */
  public static TaskId of(long epochMillis, int counter, int partition) {
    long millis = epochMillis - EPOCH_MILLIS;
    return new TaskId(
        (millis << (COUNTER_BITS + PARTITION_BITS))
            | ((long) counter << PARTITION_BITS)
            | partition);
  }

  /** The smallest id that a task created at this time can have. */
  public static TaskId floor(long epochMillis) {
    return of(Math.max(epochMillis, EPOCH_MILLIS), 0, 0);
  }

  /**
   * Reads the 13 characters back.
   *
   * @throws IllegalArgumentException if it is not such a text
   */
  public static TaskId parse(String text) {
    if (text.length() != TEXT_LENGTH) {
      throw new IllegalArgumentException("a task id has 13 characters");
    }
    long value = 0;
    for (int i = 0; i < TEXT_LENGTH; i++) {
      char c = text.charAt(i);
      int digit = c < DIGITS.length ? DIGITS[c] : -1;
      if (digit < 0 || (i == 0 && digit > 7)) {
        throw new IllegalArgumentException(
            "a task id has the characters 0-9 and a-z but i, l, o, u");
      }
      value = (value << 5) | digit;
    }
    return new TaskId(value);
  }

  /** When the task was created. */
  public long createdAtMillis() {
    return createdAtMillis(value);
  }

  /** When the task was created whose id has these bits. */
  static long createdAtMillis(long value) {
    return (value >>> (COUNTER_BITS + PARTITION_BITS)) + EPOCH_MILLIS;
  }

  /** The partition it belongs to. */
  public int partition() {
    return (int) (value & (PARTITIONS - 1));
  }

  @Override
  public int compareTo(TaskId other) {
    return Long.compare(value, other.value);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(value * 0x9E3779B97F4A7C15L);
  }

  @Override
  public String toString() {
    byte[] text = new byte[TEXT_LENGTH];
    long rest = value;
    for (int i = TEXT_LENGTH - 1; i >= 0; i--) {
      text[i] = (byte) ALPHABET.charAt((int) (rest & 31));
      rest >>>= 5;
    }
    return new String(text, java.nio.charset.StandardCharsets.US_ASCII);
  }

  private static byte[] digits() {
    byte[] digits = new byte[128];
    java.util.Arrays.fill(digits, (byte) -1);
    for (int i = 0; i < ALPHABET.length(); i++) {
      digits[ALPHABET.charAt(i)] = (byte) i;
    }
    return digits;
  }
}
