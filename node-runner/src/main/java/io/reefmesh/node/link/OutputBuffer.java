package io.reefmesh.node.link;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.work.OutputPiece;
import io.reefmesh.node.work.Utf8Boundary;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputKind;
import java.util.ArrayDeque;

/**
 * One attempt's output that the gateway may not have yet: what was sent on this link, then what was
 * not. Beyond its limit the oldest is dropped; the next chunk's offset then jumps.
 */
final class OutputBuffer {

  /** Many tiny messages cost more than their bytes. */
  private static final int MAX_SEGMENTS = 16_384;

  /** The longest chunk of a stream of characters. */
  private static final int MAX_STREAM_CHUNK_BYTES = 32 << 10;

  /** The longest message that is sent whole. */
  private static final int MAX_MESSAGE_CHUNK_BYTES = 128 << 10;

  /** A stream is not cut into shorter chunks than this to use up a sliver of room or credit. */
  private static final int MIN_CHUNK_BYTES = 1024;

  /** A position in the output and what stands there. */
  private record Segment(long offset, OutputPiece piece) {
    long end() {
      return offset + piece.bytes().size();
    }

    Segment part(int from, int to) {
      return new Segment(
          offset + from, new OutputPiece(piece.kind(), piece.bytes().substring(from, to)));
    }
  }

  private final ArrayDeque<Segment> sent = new ArrayDeque<>();
  private final ArrayDeque<Segment> unsent = new ArrayDeque<>();
  private long limitBytes;
  private long keptBytes;
  private long endOffset;
  private long sentOffset;

  /** All before it counts as received when credit is reckoned; gaps count as received too. */
  private long creditOffset;

  OutputBuffer(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** How many bytes were ever written. */
  long endOffset() {
    return endOffset;
  }

  boolean hasUnsent() {
    return !unsent.isEmpty();
  }

  /** Bytes sent on this link that the gateway has not said it has. */
  long outstandingBytes() {
    return sentOffset - creditOffset;
  }

  /** Bytes kept, sent or not. */
  long keptBytes() {
    return keptBytes;
  }

  void limit(long bytes) {
    limitBytes = bytes;
    dropBeyondLimit();
  }

  void append(OutputPiece piece) {
    int size = piece.bytes().size();
    if (size == 0) {
      return;
    }
    Segment last = unsent.peekLast();
    if (last != null && last.end() == endOffset && last.piece().joins(piece)) {
      unsent.removeLast();
      unsent.addLast(new Segment(last.offset(), last.piece().join(piece)));
    } else {
      unsent.addLast(new Segment(endOffset, piece));
    }
    endOffset += size;
    keptBytes += size;
    dropBeyondLimit();
  }

  /** Bytes that were lost before they came here. */
  void skip(long bytes) {
    endOffset += bytes;
  }

  /** The gateway has all before the offset. */
  void confirm(long offset) {
    long upTo = Math.min(offset, endOffset);
    trim(sent, upTo);
    trim(unsent, upTo);
    sentOffset = Math.max(sentOffset, upTo);
    creditOffset = Math.max(creditOffset, upTo);
  }

  /** A new link: the gateway has all before the offset and nothing after it. */
  void restartFrom(long offset) {
    while (!sent.isEmpty()) {
      unsent.addFirst(sent.removeLast());
    }
    long from = Math.max(0, Math.min(offset, endOffset));
    trim(unsent, from);
    sentOffset = from;
    creditOffset = from;
  }

  /** Forgets everything that is kept. */
  void discard() {
    sent.clear();
    unsent.clear();
    keptBytes = 0;
  }

  /** With less room or credit than this it is better to wait before {@link #next}. */
  int worthwhileBytes() {
    OutputPiece first = unsent.getFirst().piece();
    int enough = OutputPiece.isContinuous(first.kind()) ? MIN_CHUNK_BYTES : MAX_MESSAGE_CHUNK_BYTES;
    return Math.min(enough, first.bytes().size());
  }

  /** Takes the next chunk to send, of at most so many bytes (at least 4: a whole character). */
  OutputChunk next(int attempt, int roomBytes) {
    Segment segment = unsent.removeFirst();
    int longest =
        OutputPiece.isContinuous(segment.piece().kind())
            ? MAX_STREAM_CHUNK_BYTES
            : MAX_MESSAGE_CHUNK_BYTES;
    int maxBytes = Math.min(roomBytes, longest);
    if (segment.piece().bytes().size() > maxBytes) {
      int cut = Math.max(1, Utf8Boundary.atOrBefore(segment.piece().bytes(), maxBytes));
      unsent.addFirst(segment.part(cut, segment.piece().bytes().size()));
      segment = segment.part(0, cut);
    }
    sent.addLast(segment);
    creditOffset += segment.offset() - sentOffset;
    sentOffset = segment.end();
    return chunk(attempt, segment);
  }

  private static OutputChunk chunk(int attempt, Segment segment) {
    ByteString bytes = segment.piece().bytes();
    OutputChunk.Builder chunk =
        OutputChunk.newBuilder()
            .setAttempt(attempt)
            .setOffset(segment.offset())
            .setKind(onTheWire(segment.piece().kind()));
    return bytes.isValidUtf8() ? chunk.setTextBytes(bytes).build() : chunk.setData(bytes).build();
  }

  private static OutputKind onTheWire(OutputStreamKind kind) {
    return switch (kind) {
      case TEXT -> OutputKind.OUTPUT_KIND_TEXT;
      case STDOUT -> OutputKind.OUTPUT_KIND_STDOUT;
      case STDERR -> OutputKind.OUTPUT_KIND_STDERR;
      case EVENT -> OutputKind.OUTPUT_KIND_EVENT;
      case PROGRESS -> OutputKind.OUTPUT_KIND_PROGRESS;
    };
  }

  private void trim(ArrayDeque<Segment> segments, long offset) {
    while (!segments.isEmpty() && segments.getFirst().offset() < offset) {
      Segment first = segments.removeFirst();
      keptBytes -= first.piece().bytes().size();
      if (first.end() > offset) {
        Segment rest = first.part((int) (offset - first.offset()), first.piece().bytes().size());
        segments.addFirst(rest);
        keptBytes += rest.piece().bytes().size();
      }
    }
  }

  private void dropBeyondLimit() {
    while (keptBytes > limitBytes || sent.size() + unsent.size() > MAX_SEGMENTS) {
      boolean tooMany = sent.size() + unsent.size() > MAX_SEGMENTS;
      ArrayDeque<Segment> oldest = sent.isEmpty() ? unsent : sent;
      Segment first = oldest.getFirst();
      OutputPiece rest =
          first.piece().withoutFirst(tooMany ? Long.MAX_VALUE : keptBytes - limitBytes);
      trim(oldest, first.end() - rest.bytes().size());
    }
  }
}
