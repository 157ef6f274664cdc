package io.reefmesh.balancer;

/**
 * Numbers of records in a {@link RequestLog}, by their hash: open addressing with linear probing,
 * whose gaps are closed at once (Knuth, volume 3, algorithm 6.4 R).
 */
final class RequestTable {

  private static final int SMALLEST = 8;

  /** A number and one; 0: nothing. A power of two of them, at most five eighths in use. */
  private int[] slots = new int[SMALLEST];

  private int size;
  private final RequestLog log;

  RequestTable(RequestLog log) {
    this.log = log;
  }

  /** The number of the record with this hash; {@link RequestLog#NONE}: there is none. */
  int find(long low, long high) {
    int number;
    for (int at = home(low); (number = slots[at] - 1) >= 0; at = next(at)) {
      if (log.low(number) == low && log.high(number) == high) {
        return number;
      }
    }
    return RequestLog.NONE;
  }

  /** Puts a record's number in, in place of that of another with the same hash. */
  void put(int number) {
    long low = log.low(number);
    long high = log.high(number);
    int at = home(low);
    int other;
    while ((other = slots[at] - 1) >= 0) {
      if (log.low(other) == low && log.high(other) == high) {
        slots[at] = number + 1;
        return;
      }
      at = next(at);
    }
    slots[at] = number + 1;
    size++;
    if (size > slots.length / 8 * 5) {
      grow();
    }
  }

  /** Takes a record's number out, if it is in. */
  void remove(int number) {
    int at = home(log.low(number));
    while (slots[at] != number + 1) {
      if (slots[at] == 0) {
        return;
      }
      at = next(at);
    }
    size--;
    close(at);
  }

  /** Moves what comes after a gap into it, if it was sought from there or from before. */
  private void close(int from) {
    int gap = from;
    for (int at = next(from); slots[at] != 0; at = next(at)) {
      int distance = (at - home(log.low(slots[at] - 1))) & (slots.length - 1);
      if (distance >= ((at - gap) & (slots.length - 1))) {
        slots[gap] = slots[at];
        gap = at;
      }
    }
    slots[gap] = 0;
  }

  private void grow() {
    int[] before = slots;
    slots = new int[2 * before.length];
    for (int entry : before) {
      if (entry != 0) {
        int at = home(log.low(entry - 1));
        while (slots[at] != 0) {
          at = next(at);
        }
        slots[at] = entry;
      }
    }
  }

  private int home(long low) {
    return (int) low & (slots.length - 1);
  }

  private int next(int at) {
    return (at + 1) & (slots.length - 1);
  }
}
