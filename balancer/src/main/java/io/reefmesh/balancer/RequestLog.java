package io.reefmesh.balancer;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Records of five longs in the order they came: put in at the end, taken out at the beginning, and
 * found by number in between. They stand in blocks, so that nothing is copied when there are more,
 * and a number is used again only after its record is gone.
 */
final class RequestLog {

  /** No record's number. */
  static final int NONE = -1;

  private static final int LONGS = 5;
  private static final int BLOCK_BITS = 10;

  /** Records in one block, which has 40 KiB. */
  private static final int BLOCK = 1 << BLOCK_BITS;

  private static final long[] GONE = {};

  /** By the upper bits of a number; empty where there is none now. */
  private long[][] blocks = new long[4][];

  /** Blocks in use, oldest first, and places for blocks that are not. */
  private final ArrayDeque<Integer> used = new ArrayDeque<>();

  private final ArrayDeque<Integer> free = new ArrayDeque<>();

  private int placesEverUsed;

  /** Records taken out of the oldest block, and put into the newest. */
  private int gone;

  private int filled = BLOCK;
  private int size;

  RequestLog() {
    Arrays.fill(blocks, GONE);
  }

  int size() {
    return size;
  }

  /** Puts a record in; returns its number. */
  int append(long low, long high, long task, long digestLow, long digestHigh) {
    if (filled == BLOCK) {
      addBlock();
    }
    int place = used.getLast();
    long[] block = blocks[place];
    int at = filled * LONGS;
    block[at] = low;
    block[at + 1] = high;
    block[at + 2] = task;
    block[at + 3] = digestLow;
    block[at + 4] = digestHigh;
    size++;
    return (place << BLOCK_BITS) | filled++;
  }

  private void addBlock() {
    Integer place = free.poll();
    if (place == null) {
      place = placesEverUsed++;
      if (place == blocks.length) {
        blocks = Arrays.copyOf(blocks, 2 * place);
        Arrays.fill(blocks, place, blocks.length, GONE);
      }
    }
    blocks[place] = new long[BLOCK * LONGS];
    used.addLast(place);
    filled = 0;
  }

  /** The number of the oldest record, {@link #NONE} when there is none. */
  int oldest() {
    return size == 0 ? NONE : (used.getFirst() << BLOCK_BITS) | gone;
  }

  /** Takes the oldest record out. */
  void removeOldest() {
    size--;
    gone++;
    if (gone == BLOCK) {
      int place = used.removeFirst();
      blocks[place] = GONE;
      free.add(place);
      gone = 0;
    }
  }

  long low(int number) {
    return field(number, 0);
  }

  long high(int number) {
    return field(number, 1);
  }

  long task(int number) {
    return field(number, 2);
  }

  long digestLow(int number) {
    return field(number, 3);
  }

  long digestHigh(int number) {
    return field(number, 4);
  }

  private long field(int number, int field) {
    return blocks[number >>> BLOCK_BITS][(number & (BLOCK - 1)) * LONGS + field];
  }
}
