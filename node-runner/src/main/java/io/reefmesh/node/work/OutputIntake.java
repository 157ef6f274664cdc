package io.reefmesh.node.work;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Takes output from a handler's threads and holds it until the link's mailbox fetches it. Never
 * blocks: beyond its limit the oldest is dropped and counted. Characters that a handler's buffer
 * cut in two are put together again. Thread-safe.
 */
public final class OutputIntake {

  /** As much as a gateway lets a node keep of one attempt. */
  private static final int MAX_BYTES = 1 << 20;

  private static final int MAX_PIECES = 16_384;

  /** What was fetched: {@code skippedBytes} were dropped before the first piece. */
  public record Fetched(long skippedBytes, List<OutputPiece> pieces) {

    boolean isEmpty() {
      return skippedBytes == 0 && pieces.isEmpty();
    }
  }

  private final Runnable signal;
  private final ArrayDeque<OutputPiece> pieces = new ArrayDeque<>();
  private final Map<OutputStreamKind, ByteString> cutCharacters =
      new EnumMap<>(OutputStreamKind.class);
  private long bytes;
  private long skippedBytes;
  private boolean signalled;
  private boolean closed;

  /**
   * An empty intake.
   *
   * @param signal called, on the writing thread, when there is something to fetch; not again before
   *     it was fetched
   */
  public OutputIntake(Runnable signal) {
    this.signal = signal;
  }

  /** Takes output; after {@link #close} it does nothing. */
  public void write(OutputStreamKind kind, ByteString written) {
    boolean wake;
    synchronized (this) {
      if (closed) {
        return;
      }
      add(new OutputPiece(kind, wholeCharacters(kind, written)));
      wake = !signalled;
      signalled = true;
    }
    if (wake) {
      signal.run();
    }
  }

  /** Everything that waits, oldest first. */
  public synchronized Fetched fetch() {
    Fetched fetched = new Fetched(skippedBytes, new ArrayList<>(pieces));
    pieces.clear();
    bytes = 0;
    skippedBytes = 0;
    signalled = false;
    return fetched;
  }

  /** The last that waits, with characters that were never completed. Nothing is taken after it. */
  public synchronized Fetched close() {
    if (!closed) {
      cutCharacters.forEach((kind, rest) -> add(new OutputPiece(kind, rest)));
      cutCharacters.clear();
    }
    closed = true;
    return fetch();
  }

  private ByteString wholeCharacters(OutputStreamKind kind, ByteString written) {
    if (!OutputPiece.isContinuous(kind)) {
      return written;
    }
    ByteString before = cutCharacters.remove(kind);
    ByteString all = before == null ? written : before.concat(written);
    int whole = Utf8Boundary.atOrBefore(all, all.size());
    if (whole < all.size()) {
      cutCharacters.put(kind, all.substring(whole));
    }
    return all.substring(0, whole);
  }

  private void add(OutputPiece piece) {
    OutputPiece last = pieces.peekLast();
    if (last != null && last.joins(piece)) {
      pieces.removeLast();
      pieces.addLast(last.join(piece));
    } else {
      pieces.addLast(piece);
    }
    bytes += piece.bytes().size();
    while (bytes > MAX_BYTES || pieces.size() > MAX_PIECES) {
      long excess = pieces.size() > MAX_PIECES ? Long.MAX_VALUE : bytes - MAX_BYTES;
      OutputPiece oldest = pieces.removeFirst();
      OutputPiece rest = oldest.withoutFirst(excess);
      if (!rest.bytes().isEmpty()) {
        pieces.addFirst(rest);
      }
      int dropped = oldest.bytes().size() - rest.bytes().size();
      bytes -= dropped;
      skippedBytes += dropped;
    }
  }
}
