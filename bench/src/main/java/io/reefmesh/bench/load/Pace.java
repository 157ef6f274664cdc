package io.reefmesh.bench.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Time, and waiting for it; tests bring their own. */
interface Pace {

  /** As {@link System#nanoTime}. */
  long nanos();

  /** Waits until that time, or returns at once when it has passed. */
  void until(long nanos);

  /**
   * The machine's. A parked thread wakes up to this much late, which would be taken for latency; so
   * it spins for the last bit, which at 1,000 operations a second costs 6 % of one processor.
   */
  Pace REAL =
      new Pace() {
        private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(60);

        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public void until(long nanos) {
          long left;
          while ((left = nanos - System.nanoTime()) > 0) {
            if (left > SPIN_NANOS) {
              LockSupport.parkNanos(left - SPIN_NANOS);
            } else {
              Thread.onSpinWait();
            }
          }
        }
      };
}
