package io.reefmesh.balancer;

import java.util.Arrays;

/**
 * Knows the first of many contestants, who are told apart by small numbers and ordered by two keys.
 * Contestants never move: each has a leaf of a tree in which every place above holds the best of
 * the {@value #FAN} below it. So a change touches one short row of memory per level, levels that
 * are known before anything is compared, and nothing depends on how comparisons end.
 *
 * <p>When the first falls back, the tree learns it at the next look at the top: who picks a node
 * and then tells what became of it pays once.
 *
 * <p>Keys are 0 or more. A contestant with {@link #ABSENT} as its first key does not take part. A
 * change costs at most one row per level, log n to the base {@value #FAN}. Room grows fourfold,
 * with no comparisons. Not thread-safe.
 */
final class PickerTournament {

  /** The first key of a contestant who does not take part. */
  static final long ABSENT = Long.MAX_VALUE;

  static final int NONE = -1;

  private static final int FAN_BITS = 2;
  private static final int FAN = 1 << FAN_BITS;

  /** Two keys per place; place 0 is the top, those below p start at p * FAN + 1. */
  private long[] keys;

  /** Whose keys stand at a place above the leaves. */
  private int[] winners;

  private int firstLeaf = 1;

  /** Whose leaf the places above do not reflect yet. */
  private int late = NONE;

  private long looks;

  PickerTournament() {
    keys = new long[2 * (firstLeaf + FAN)];
    winners = new int[firstLeaf];
    Arrays.fill(keys, ABSENT);
  }

  /** The number of the first contestant; {@link #NONE} when all are absent. */
  int top() {
    settle();
    return keys[0] == ABSENT ? NONE : winners[0];
  }

  /** The keys of {@link #top}, as of its last call. */
  long topFirst() {
    return keys[0];
  }

  /** See {@link #topFirst}. */
  long topSecond() {
    return keys[1];
  }

  /** The first key of a contestant within {@link #reserve}d room. */
  long first(int number) {
    return keys[2 * (firstLeaf + number)];
  }

  /** The second key of a contestant within {@link #reserve}d room. */
  long second(int number) {
    return keys[2 * (firstLeaf + number) + 1];
  }

  /** Makes room for a number; contestants are absent until {@link #set}. */
  void reserve(int number) {
    while (firstLeaf + number >= keys.length >> 1) {
      settle();
      grow();
    }
  }

  /** Changes the keys of a contestant within {@link #reserve}d room. */
  void set(int number, long first, long second) {
    int leaf = firstLeaf + number;
    boolean rises = before(first, second, leaf);
    if (rises && number == late) {
      settle();
    }
    keys[2 * leaf] = first;
    keys[2 * leaf + 1] = second;
    if (rises) {
      rise(leaf, number);
    } else if (number == winners[0] && late == NONE) {
      late = number;
    } else if (number != late) {
      fall(leaf, number);
    }
  }

  /** Gives the one who was {@link #top} just now a second key that is not before its own. */
  void passTop(long second) {
    late = winners[0];
    keys[2 * (firstLeaf + late) + 1] = second;
  }

  /** Lowers the first keys of all who take part. */
  void lowerFirst(long by) {
    settle();
    for (int i = 0; i < keys.length; i += 2) {
      if (keys[i] != ABSENT) {
        keys[i] -= by;
      }
    }
  }

  /** How many places were compared so far. */
  long looks() {
    return looks;
  }

  private void settle() {
    if (late != NONE) {
      fall(firstLeaf + late, late);
      late = NONE;
    }
  }

  private boolean before(long first, long second, int place) {
    long other = keys[2 * place];
    return first != other ? first < other : second < keys[2 * place + 1];
  }

  /** Takes a contestant who got better as far up as it wins. */
  private void rise(int leaf, int number) {
    long first = keys[2 * leaf];
    long second = keys[2 * leaf + 1];
    int place = leaf;
    while (place > 0) {
      place = (place - 1) >> FAN_BITS;
      looks++;
      if (winners[place] != number && !before(first, second, place)) {
        return;
      }
      keys[2 * place] = first;
      keys[2 * place + 1] = second;
      winners[place] = number;
    }
  }

  /** Finds other winners as far up as a contestant who got worse has won. */
  private void fall(int leaf, int number) {
    int place = (leaf - 1) >> FAN_BITS;
    if (winners[place] != number) {
      return;
    }
    int best = best(place);
    int winner = best - firstLeaf;
    while (true) {
      keys[2 * place] = keys[2 * best];
      keys[2 * place + 1] = keys[2 * best + 1];
      winners[place] = winner;
      if (place == 0) {
        return;
      }
      place = (place - 1) >> FAN_BITS;
      if (winners[place] != number) {
        return;
      }
      best = best(place);
      winner = winners[best];
    }
  }

  /** The best of the row below a place: the better of its first two against that of the others. */
  private int best(int place) {
    looks += FAN;
    int from = (place << FAN_BITS) + 1;
    int at = 2 * from;
    long first = keys[at];
    long second = keys[at + 1];
    long byFirst = keys[at + 2] - first;
    long bySecond = keys[at + 3] - second;
    long mask = better(byFirst, bySecond);
    first += byFirst & mask;
    second += bySecond & mask;
    int best = (int) mask & 1;
    long otherFirst = keys[at + 4];
    long otherSecond = keys[at + 5];
    byFirst = keys[at + 6] - otherFirst;
    bySecond = keys[at + 7] - otherSecond;
    mask = better(byFirst, bySecond);
    otherFirst += byFirst & mask;
    otherSecond += bySecond & mask;
    int other = 2 + ((int) mask & 1);
    mask = better(otherFirst - first, otherSecond - second);
    return from + best + ((other - best) & (int) mask);
  }

  /**
   * All ones where keys are better than others by their differences, else 0: that of the first keys
   * is negative then, or 0 with that of the second keys negative. Who wins cannot be foretold, so
   * this computes instead of branching. Keys are not negative, so differences do not overflow.
   */
  private static long better(long byFirst, long bySecond) {
    return (byFirst - (bySecond >>> (Long.SIZE - 1))) >> (Long.SIZE - 1);
  }

  /** One level more: every level so far begins the one below it. */
  private void grow() {
    int wider = firstLeaf * FAN + 1;
    long[] oldKeys = keys;
    int[] oldWinners = winners;
    keys = new long[2 * (wider * FAN + 1)];
    winners = new int[wider];
    Arrays.fill(keys, ABSENT);
    int from = 0;
    int to = 1;
    for (int width = 1; from <= firstLeaf; width *= FAN) {
      System.arraycopy(oldKeys, 2 * from, keys, 2 * to, 2 * width);
      if (from < firstLeaf) {
        System.arraycopy(oldWinners, from, winners, to, width);
      }
      from = from * FAN + 1;
      to = to * FAN + 1;
    }
    firstLeaf = wider;
    keys[0] = oldKeys[0];
    keys[1] = oldKeys[1];
    winners[0] = oldWinners[0];
  }
}
