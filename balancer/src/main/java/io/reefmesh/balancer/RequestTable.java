package io.reefmesh.balancer;

/**
 * Numbers of records in a {@link RequestLog}, by their hash: open addressing with linear probing,
 * whose gaps are closed at once (Knuth, volume 3, algorithm 6.4 R). Half of the hash stands beside
 * each number, so that the log is looked at for what is probably found, and never to grow.
 */
final class RequestTable {

  private static final int SMALLEST = 8;
  private static final long HASH = 0xffff_ffff_0000_0000L;

  /**
   * The upper half of a record's lower hash, and below it its number and one; 0: nothing. A power
   * of two of them, at most five eighths in use.
   */
  private long[] slots = new long[SMALLEST];

  private int size;
  private final RequestLog log;

  RequestTable(RequestLog log) {
    this.log = log;
  }

  /** The number of the record with this hash; {@link RequestLog#NONE}: there is none. */
  int find(long low, long high) {
    long slot = slots[place(low, high)];
    return slot == 0 ? RequestLog.NONE : numberIn(slot);
  }

  /** Puts a record's number in, in place of that of another with the same hash. */
  void put(int number) {
    long low = log.low(number);
    int at = place(low, log.high(number));
    boolean fresh = slots[at] == 0;
    slots[at] = (low & HASH) | (number + 1);
    if (fresh) {
      size++;
      if (size > slots.length / 8 * 5) {
        grow();
      }
    }
  }

  /** Takes a record's number out, if it is in. */
  void remove(int number) {
    long low = log.low(number);
    int at = place(low, log.high(number));
    if (slots[at] == ((low & HASH) | (number + 1))) {
      size--;
      close(at);
    }
  }

  /** Where the record with this hash is, or would be. */
  private int place(long low, long high) {
    int at = home(low);
    while (slots[at] != 0 && !isOf(slots[at], low, high)) {
      at = next(at);
    }
    return at;
  }

  private boolean isOf(long slot, long low, long high) {
    return ((slot ^ low) & HASH) == 0
        && log.low(numberIn(slot)) == low
        && log.high(numberIn(slot)) == high;
  }

  /** Moves what comes after a gap into it, if it was sought from there or from before. */
  private void close(int from) {
    int gap = from;
    for (int at = next(from); slots[at] != 0; at = next(at)) {
      int distance = (at - home(slots[at])) & (slots.length - 1);
      if (distance >= ((at - gap) & (slots.length - 1))) {
        slots[gap] = slots[at];
        gap = at;
      }
    }
    slots[gap] = 0;
  }

  private void grow() {
    long[] before = slots;
    slots = new long[2 * before.length];
    for (long slot : before) {
      if (slot != 0) {
        int at = home(slot);
        while (slots[at] != 0) {
          at = next(at);
        }
        slots[at] = slot;
      }
    }
  }

  private static int numberIn(long slot) {
    return (int) slot - 1;
  }

  /** By the half of the hash that stands in the slots. */
  private int home(long low) {
    return (int) (low >>> Integer.SIZE) & (slots.length - 1);
  }

  private int next(int at) {
    return (at + 1) & (slots.length - 1);
  }
}
