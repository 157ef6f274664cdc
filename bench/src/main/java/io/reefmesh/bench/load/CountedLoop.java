package io.reefmesh.bench.load;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A given number of operations, so many under way at once, as fast as they go. */
public final class CountedLoop {

  private final Operation operation;
  private final int inFlight;
  private final LongAdder failed = new LongAdder();
  private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>();

  /** Over an operation. */
  public CountedLoop(Operation operation, int inFlight) {
    this.operation = operation;
    this.inFlight = inFlight;
  }

  /**
   * Runs it on this thread, and returns when all have ended.
   *
   * @param began told the number of each that is started
   * @return seconds that it took
   */
  public double run(long count, LongConsumer began) throws InterruptedException {
    Semaphore room = new Semaphore(inFlight);
    long beganNanos = System.nanoTime();
    for (long i = 0; i < count; i++) {
      room.acquire();
      began.accept(i);
      operation.start(System.nanoTime(), new Permit(room));
    }
    room.acquire(inFlight);
    return (System.nanoTime() - beganNanos) / 1e9;
  }

  /** How many failed. */
  public long failed() {
    return failed.sum();
  }

  /** Why the first of them did. */
  public @Nullable String firstFailure() {
    return firstFailure.get();
  }

  private final class Permit implements Outcome {
    private final Semaphore room;

    Permit(Semaphore room) {
      this.room = room;
    }

    @Override
    public void done(long endNanos) {
      room.release();
    }

    @Override
    public void failed(String why) {
      failed.increment();
      firstFailure.compareAndSet(null, why);
      room.release();
    }
  }
}
