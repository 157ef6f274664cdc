package io.reefmesh.bench.mesh;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Chunks at an even pace, each stamped with the time at which it is given away. Tasks of the mesh
 * and the source of a bare relay emit in this very way, so that their latencies can be compared.
 *
 * @param everyNanos from one chunk to the next
 * @param durationNanos how long in all
 * @param chunkBytes of one chunk, a stamp at least
 */
public record Emission(long everyNanos, long durationNanos, int chunkBytes) {

  private static final int ENCODED_BYTES = 2 * Long.BYTES + Integer.BYTES;
  private static final long SHORTEST_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
  private static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final int LARGEST_BYTES = 64 * 1024;

  /** Checks that it is within bounds. */
  public Emission {
    if (everyNanos < SHORTEST_NANOS
        || durationNanos < 0
        || durationNanos > LONGEST_NANOS
        || chunkBytes < Stamps.BYTES
        || chunkBytes > LARGEST_BYTES) {
      throw new IllegalArgumentException(
          "an emission of "
              + chunkBytes
              + " bytes every "
              + everyNanos
              + " ns for "
              + durationNanos
              + " ns is out of bounds");
    }
  }

  /** As a payload. */
  public ByteString encode() {
    ByteBuffer bytes =
        ByteBuffer.allocate(ENCODED_BYTES)
            .putLong(everyNanos)
            .putLong(durationNanos)
            .putInt(chunkBytes)
            .rewind();
    return ByteString.copyFrom(bytes);
  }

  /** What {@link #encode} gave. */
  public static Emission decode(ByteString bytes) {
    ByteBuffer buffer = bytes.asReadOnlyByteBuffer();
    return new Emission(buffer.getLong(), buffer.getLong(), buffer.getInt());
  }

  /** Takes chunks. */
  @FunctionalInterface
  public interface Sink {
    /** The next one. */
    void take(ByteString chunk);
  }

  /**
   * Emits on this thread, until the end or an interrupt.
   *
   * @param number which of several that emit at once: they are spread evenly over one interval
   * @param of how many there are
   */
  public void run(int number, int of, Sink sink) {
    long begin = System.nanoTime() + everyNanos * number / Math.max(1, of);
    for (long i = 0; i * everyNanos < durationNanos; i++) {
      long left;
      while ((left = begin + i * everyNanos - System.nanoTime()) > 0) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        LockSupport.parkNanos(left);
      }
      sink.take(Stamps.stamped(chunkBytes, System.nanoTime()));
    }
  }
}
