package io.reefmesh.node.work;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext.OutputStreamKind;

/** A piece of output of one kind; empty bytes mean progress without output. */
public record OutputPiece(OutputStreamKind kind, ByteString bytes) {

  /** Small pieces are joined up to this size: a model's tokens should not cost an object each. */
  private static final int JOIN_UP_TO_BYTES = 4096;

  /** Whether the next piece may be joined to this one without anybody noticing. */
  public boolean joins(OutputPiece next) {
    return kind == next.kind
        && isContinuous(kind)
        && bytes.size() + next.bytes.size() <= JOIN_UP_TO_BYTES;
  }

  /** Both as one. */
  public OutputPiece join(OutputPiece next) {
    return new OutputPiece(kind, bytes.concat(next.bytes));
  }

  /** The same without its oldest bytes: so many, or a few more so as not to cut a character. */
  public OutputPiece withoutFirst(long count) {
    int from = (int) Math.min(count, bytes.size());
    return new OutputPiece(kind, bytes.substring(Utf8Boundary.atOrAfter(bytes, from)));
  }

  /** Whether the kind is a stream of characters; the other kinds are whole messages each. */
  public static boolean isContinuous(OutputStreamKind kind) {
    return switch (kind) {
      case TEXT, STDOUT, STDERR -> true;
      case EVENT, PROGRESS -> false;
    };
  }
}
