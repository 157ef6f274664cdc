package io.reefmesh.balancer;

import org.jspecify.annotations.Nullable;

/** What is due when, earliest first. Holds each thing once; O(log n) for every change. */
final class Timers {

  private final IndexedHeap<Timed> heap =
      new IndexedHeap<>() {
        @Override
        int position(Timed timed) {
          return timed.timerPosition;
        }

        @Override
        void setPosition(Timed timed, int position) {
          timed.timerPosition = position;
        }

        @Override
        boolean before(Timed a, Timed b) {
          return a.dueAtMillis != b.dueAtMillis
              ? a.dueAtMillis < b.dueAtMillis
              : a.timerTie < b.timerTie;
        }
      };

  private long ties;

  /** Sets, moves or (with {@link Timed#NEVER}) removes a thing's time. */
  void set(Timed timed, long dueAtMillis) {
    if (dueAtMillis == Timed.NEVER) {
      cancel(timed);
    } else if (timed.timerPosition < 0) {
      timed.dueAtMillis = dueAtMillis;
      timed.timerTie = ties++;
      heap.insert(timed);
    } else if (timed.dueAtMillis != dueAtMillis) {
      timed.dueAtMillis = dueAtMillis;
      heap.update(timed);
    }
  }

  void cancel(Timed timed) {
    if (timed.timerPosition >= 0) {
      heap.remove(timed);
    }
    timed.dueAtMillis = Timed.NEVER;
  }

  /** Takes out the next thing that is due by now; null: nothing is. */
  @Nullable Timed takeDue(long nowMillis) {
    Timed first = heap.peek();
    if (first == null || first.dueAtMillis > nowMillis) {
      return null;
    }
    return heap.removeMin();
  }

  /** When the next thing is due; {@link Timed#NEVER}: nothing waits. */
  long nextMillis() {
    Timed first = heap.peek();
    return first == null ? Timed.NEVER : first.dueAtMillis;
  }

  boolean contains(Timed timed) {
    return timed.timerPosition >= 0;
  }

  int size() {
    return heap.size();
  }
}
