package io.reefmesh.bench.limit;

import io.reefmesh.bench.load.BatchedOpenLoop;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.process.BenchException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** One fsync at a steady rate, by the thread that writes: no hop is faster than none. */
public final class PacedLog {

  private static final int MOST_AT_ONCE = 1_024;

  private PacedLog() {}

  /**
   * Appends records at that rate to a file in the folder; latencies end when a record is durable.
   */
  public static Figures measure(
      Path folder, int recordBytes, double perSecond, Duration warmUp, Duration measured) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(recordBytes * MOST_AT_ONCE);
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("paced-" + System.nanoTime() + ".log"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE)) {
      return new BatchedOpenLoop(count -> append(file, buffer, count * recordBytes))
          .run(perSecond, warmUp, measured, MOST_AT_ONCE);
    } catch (IOException e) {
      throw new BenchException("the limit's log cannot be made in " + folder, e);
    }
  }

  private static void append(FileChannel file, ByteBuffer buffer, int bytes) {
    try {
      buffer.clear().limit(bytes);
      while (buffer.hasRemaining()) {
        file.write(buffer);
      }
      file.force(false);
    } catch (IOException e) {
      throw new BenchException("the limit's log cannot be written: " + e.getMessage(), e);
    }
  }
}
