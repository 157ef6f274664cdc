package io.reefmesh.balancer;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Numbers for node ids, so that what a picker knows of its nodes lies side by side in arrays: small
 * numbers from 0 on, those of removed nodes first. A lookup reads one place of a flat table and
 * compares references; text is read only where two ids have the same hash, or where the id is
 * another copy.
 *
 * <p>The same calls give the same numbers. Room doubles when three quarters are in use. Not
 * thread-safe.
 */
final class PickerIds {

  static final int UNKNOWN = -1;

  private static final int SMALLEST = 16;
  private static final int GOLDEN = 0x9E3779B9;

  /** Hash above, number + 1 below; 0 where nothing is. The next free place after the hash's own. */
  private long[] table = new long[SMALLEST];

  private int shift = Integer.SIZE - Integer.numberOfTrailingZeros(SMALLEST);
  private @Nullable String[] ids = new @Nullable String[SMALLEST];

  /** Numbers that were given back. */
  private int[] vacant = new int[SMALLEST];

  private int vacancies;
  private int known;
  private int lastUsed;

  /**
   * The number of an id; {@link #UNKNOWN} when it has none. What was used last is found at once.
   */
  @SuppressWarnings("ReferenceEquality") // a shortcut only: equal ids are found below
  int find(String id) {
    if (ids[lastUsed] == id) { // most calls are about the node that was picked just now
      return lastUsed;
    }
    int place = placeOf(id);
    return place < 0 ? UNKNOWN : numberAt(place);
  }

  /** The id with a number that is not vacant, and which is expected to be asked for next. */
  String use(int number) {
    lastUsed = number;
    return id(number);
  }

  /** The id with a number that is not vacant. */
  String id(int number) {
    return Objects.requireNonNull(ids[number]);
  }

  /** Gives a number to an id that has none. */
  int add(String id) {
    if (4 * (known + 1) > 3 * table.length) {
      grow();
    }
    int number = vacancies > 0 ? vacant[--vacancies] : known;
    known++;
    ids[number] = id;
    enter(entry(id.hashCode(), number));
    return number;
  }

  /** Takes an id's number back; {@link #UNKNOWN} when it has none. */
  int remove(String id) {
    int place = placeOf(id);
    if (place < 0) {
      return UNKNOWN;
    }
    int number = numberAt(place);
    ids[number] = null;
    vacant[vacancies++] = number;
    known--;
    close(place);
    return number;
  }

  private int placeOf(String id) {
    int hash = id.hashCode();
    int place = home(hash);
    while (table[place] != 0) {
      if ((int) (table[place] >>> Integer.SIZE) == hash && id.equals(ids[numberAt(place)])) {
        return place;
      }
      place = next(place);
    }
    return -1;
  }

  private int numberAt(int place) {
    return (int) table[place] - 1;
  }

  private void enter(long entry) {
    int place = home((int) (entry >>> Integer.SIZE));
    while (table[place] != 0) {
      place = next(place);
    }
    table[place] = entry;
  }

  /** Moves up what stood behind a place only because the place was taken. */
  private void close(int place) {
    int hole = place;
    for (int at = next(hole); table[at] != 0; at = next(at)) {
      int home = home((int) (table[at] >>> Integer.SIZE));
      if (distance(home, at) >= distance(hole, at)) {
        table[hole] = table[at];
        hole = at;
      }
    }
    table[hole] = 0;
  }

  private void grow() {
    long[] old = table;
    table = new long[2 * old.length];
    shift--;
    ids = Arrays.copyOf(ids, table.length);
    vacant = Arrays.copyOf(vacant, table.length);
    for (long entry : old) {
      if (entry != 0) {
        enter(entry);
      }
    }
  }

  private static long entry(int hash, int number) {
    return ((long) hash << Integer.SIZE) | (number + 1);
  }

  private int home(int hash) {
    return (hash * GOLDEN) >>> shift;
  }

  private int next(int place) {
    return (place + 1) & (table.length - 1);
  }

  private int distance(int from, int to) {
    return (to - from) & (table.length - 1);
  }
}
