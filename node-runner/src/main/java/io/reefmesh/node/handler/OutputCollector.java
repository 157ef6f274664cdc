package io.reefmesh.node.handler;

import com.google.protobuf.ByteString;
import java.util.function.Consumer;

/**
 * Takes what a program writes: passes it on, keeps its beginning up to a limit, and its last words
 * whatever the length. Beyond the limit nothing is passed on. Thread-safe.
 */
final class OutputCollector implements Consumer<ByteString> {

  /** Enough for the error that ends a log, small beside the 4,096 characters of a failure. */
  private static final int LAST_WORDS_BYTES = 2 << 10;

  private final int limitBytes;
  private final Consumer<ByteString> forward;
  private final Runnable whenFull;
  private ByteString kept = ByteString.EMPTY;
  private ByteString last = ByteString.EMPTY;
  private boolean overflowed;
  private boolean closed;

  /**
   * A collector.
   *
   * @param limitBytes how much is kept and passed on
   * @param forward where it is passed on to
   * @param whenFull runs once, when there is more than the limit
   */
  OutputCollector(int limitBytes, Consumer<ByteString> forward, Runnable whenFull) {
    this.limitBytes = limitBytes;
    this.forward = forward;
    this.whenFull = whenFull;
  }

  @Override
  public synchronized void accept(ByteString bytes) {
    if (closed) {
      return;
    }
    ByteString longer = last.concat(bytes);
    last = longer.substring(Math.max(0, longer.size() - LAST_WORDS_BYTES));
    int room = limitBytes - kept.size();
    ByteString fitting = bytes.substring(0, Math.min(room, bytes.size()));
    if (!fitting.isEmpty()) {
      kept = kept.concat(fitting);
      forward.accept(fitting);
    }
    if (fitting.size() < bytes.size() && !overflowed) {
      overflowed = true;
      whenFull.run();
    }
  }

  /** Takes nothing more: what comes later belongs to no attempt. */
  synchronized void close() {
    closed = true;
  }

  /** The beginning, at most the limit. */
  synchronized ByteString kept() {
    return kept;
  }

  /** Whether there was more than the limit. */
  synchronized boolean overflowed() {
    return overflowed;
  }

  /** The end of it as text for an error message; empty if there was none. */
  synchronized String lastWords() {
    return last.toStringUtf8()
        .replaceFirst("^\uFFFD+", "")
        .replaceAll("[\\p{Cntrl}&&[^\n\t]]", "")
        .strip();
  }
}
