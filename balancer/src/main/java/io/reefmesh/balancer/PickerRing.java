package io.reefmesh.balancer;

import java.util.Arrays;

/**
 * Points on a ring of 2^64 places, each with the number of its owner, in one flat table in the
 * order of their places. The first bits of a place say where in the table to begin; a point stands
 * there or, where several begin at the same spot, a little behind, with no gap between. As places
 * come from a hash, entering, leaving and finding the next point look at a few neighbours, however
 * many points there are.
 *
 * <p>The table is kept between an eighth and three quarters full: now and then a call that enters
 * or leaves copies it, a share of what was entered or left since. Not thread-safe.
 */
final class PickerRing {

  /** Below all others, so that a search passes it without asking. */
  private static final long EMPTY = Long.MIN_VALUE;

  private static final int SMALLEST = 16;
  private static final int SMALLEST_TAIL = 8;

  /** Decides the order of points at the same place, which hardly ever happens. */
  interface Order {
    boolean before(int ownerA, int ownerB);
  }

  private final Order order;

  /**
   * Places, with the first bit turned so that signed numbers have their order. Behind the spots
   * where points begin there is a tail for those pushed back, and a last one that ends each search.
   */
  private long[] places;

  private int[] owners;
  private int spots;
  private int shift;
  private int size;
  private long looks;

  PickerRing(Order order) {
    this.order = order;
    this.places = new long[0];
    this.owners = new int[0];
    clear(SMALLEST, SMALLEST_TAIL);
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** How many spots were looked at so far. */
  long looks() {
    return looks;
  }

  /** The spot of the first point at or ahead of a place, on a ring that is not empty. */
  int from(long place) {
    long wanted = turned(place);
    int begin = spot(wanted);
    int at = begin;
    while (places[at] < wanted) {
      at++;
    }
    looks += at - begin + 1;
    return at == end() ? first() : at;
  }

  /** The spot of the point after the one at a spot; the same when it is alone. */
  int after(int spot) {
    int at = spot + 1;
    while (places[at] == EMPTY && at < end()) {
      at++;
    }
    looks += at - spot;
    return at == end() ? first() : at;
  }

  /** How far ahead of a place the point at a spot is, as an unsigned number. */
  long way(long place, int spot) {
    return places[spot] - (place ^ Long.MIN_VALUE);
  }

  int owner(int spot) {
    return owners[spot];
  }

  /** Adds a point; an owner has at most one at a place. */
  void enter(long place, int owner) {
    if (4 * (size + 1) > 3 * spots) {
      spread(2 * spots);
    }
    long point = turned(place);
    int at = spot(point);
    while (places[at] != EMPTY && at < end() && isBefore(at, point, owner)) {
      at++;
    }
    int gap = at;
    while (places[gap] != EMPTY && gap < end()) {
      gap++;
    }
    looks += gap - spot(point) + 1;
    if (gap == end()) {
      lengthen();
    }
    System.arraycopy(places, at, places, at + 1, gap - at);
    System.arraycopy(owners, at, owners, at + 1, gap - at);
    places[at] = point;
    owners[at] = owner;
    size++;
  }

  /**
   * Takes a point out.
   *
   * @throws IllegalStateException if it is not on the ring
   */
  void leave(long place, int owner) {
    long point = turned(place);
    int at = spot(point);
    while (places[at] != point || owners[at] != owner) {
      if (places[at] == EMPTY || at == end()) {
        throw new IllegalStateException("the point is not on the ring");
      }
      at++;
    }
    int next = at + 1;
    while (next < end() && places[next] != EMPTY && spot(places[next]) < next) {
      next++;
    }
    looks += next - spot(point) + 1;
    System.arraycopy(places, at + 1, places, at, next - at - 1);
    System.arraycopy(owners, at + 1, owners, at, next - at - 1);
    places[next - 1] = EMPTY;
    size--;
    if (spots > SMALLEST && 8 * size < spots) {
      spread(spots / 2);
    }
  }

  private boolean isBefore(int spot, long point, int owner) {
    return places[spot] != point ? places[spot] < point : order.before(owners[spot], owner);
  }

  private int first() {
    int at = 0;
    while (places[at] == EMPTY) {
      at++;
    }
    looks += at;
    return at;
  }

  private int end() {
    return places.length - 1;
  }

  /** The place that reads as empty counts as the next one. */
  private static long turned(long place) {
    return Math.max(place ^ Long.MIN_VALUE, EMPTY + 1);
  }

  private int spot(long turned) {
    return (int) ((turned ^ Long.MIN_VALUE) >>> shift);
  }

  private void clear(int spots, int tail) {
    this.spots = spots;
    shift = Long.SIZE - Integer.numberOfTrailingZeros(spots);
    places = new long[spots + tail + 1];
    owners = new int[spots + tail + 1];
    Arrays.fill(places, EMPTY);
    places[end()] = Long.MAX_VALUE;
  }

  private void spread(int newSpots) {
    long[] oldPlaces = places;
    int[] oldOwners = owners;
    int oldEnd = end();
    clear(newSpots, oldEnd - spots);
    int next = 0;
    for (int i = 0; i < oldEnd; i++) {
      if (oldPlaces[i] != EMPTY) {
        next = Math.max(next, spot(oldPlaces[i]));
        if (next == end()) {
          lengthen();
        }
        places[next] = oldPlaces[i];
        owners[next++] = oldOwners[i];
      }
    }
  }

  /** Doubles the tail. */
  private void lengthen() {
    int end = end();
    places = Arrays.copyOf(places, end + 1 + end - spots);
    owners = Arrays.copyOf(owners, places.length);
    Arrays.fill(places, end, end(), EMPTY);
    places[end()] = Long.MAX_VALUE;
  }
}
