package io.reefmesh.bench.limit;

import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Outcome;
import io.reefmesh.bench.process.BenchException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Records appended to a file, each durable when its operation ends. What waits while one fsync is
 * under way shares the next.
 */
public final class FsyncLog implements Operation, AutoCloseable {

  private static final int MAX_BATCH = 4_096;

  private final int recordBytes;
  private final FileChannel file;
  private final ByteBuffer buffer;
  private final BlockingQueue<Outcome> waiting = new LinkedBlockingQueue<>();
  private final Thread writer = new Thread(this::write, "limit-log-writer");

  /** Makes a file in that folder, and starts a thread. */
  public FsyncLog(Path folder, int recordBytes) {
    this.recordBytes = recordBytes;
    this.buffer = ByteBuffer.allocateDirect(recordBytes * MAX_BATCH);
    try {
      file =
          FileChannel.open(
              folder.resolve("limit-" + System.nanoTime() + ".log"),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new BenchException("the limit's log cannot be made in " + folder, e);
    }
    writer.setDaemon(true);
    writer.start();
  }

  @Override
  public void start(long intendedNanos, Outcome outcome) {
    waiting.add(outcome);
  }

  private void write() {
    List<Outcome> batch = new ArrayList<>();
    try {
      while (true) {
        batch.add(waiting.take());
        waiting.drainTo(batch, MAX_BATCH - 1);
        buffer.clear().limit(batch.size() * recordBytes);
        while (buffer.hasRemaining()) {
          file.write(buffer);
        }
        file.force(false);
        batch.forEach(outcome -> outcome.done(System.nanoTime()));
        batch.clear();
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (IOException e) {
      batch.forEach(outcome -> outcome.failed("the log: " + e.getMessage()));
    }
  }

  @Override
  public void close() {
    writer.interrupt();
    try {
      writer.join();
      file.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new BenchException("the limit's log cannot be closed: " + e.getMessage(), e);
    }
  }
}
