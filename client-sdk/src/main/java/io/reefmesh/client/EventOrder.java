package io.reefmesh.client;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * Lets each thing through once and in order, however often the stream behind it is resumed: repeats
 * are dropped, overlapping output is cut, output of void attempts is dropped, and a hole that
 * nobody announced is announced. One owner at a time.
 */
final class EventOrder {

  private static final long ANYWHERE = -1;

  /** Enough of a task to see whether it changed, without keeping its payload. */
  private record Stand(TaskState state, int attempts, int hash) {}

  private @Nullable Stand stand;
  private int attempt;
  private long nextOffset;
  private boolean gapAnnounced;

  /** The order of a watch that begins at this cursor, empty for the start. */
  EventOrder(String cursor) {
    this.nextOffset = cursor.isEmpty() ? 0 : ANYWHERE;
  }

  /** Passes the event on unless it is a repeat; true when it told something new. */
  boolean pass(TaskEvent event, TaskListener listener) {
    return switch (event.getEventCase()) {
      case STATE -> passState(event.getState(), listener);
      case ATTEMPT -> passAttempt(event.getAttempt(), listener);
      case OUTPUT -> passOutput(event.getOutput(), listener);
      case GAP -> passGap(event.getGap(), listener);
      case FINISHED -> {
        listener.onFinished(event.getFinished());
        yield true;
      }
      case EVENT_NOT_SET -> false; // a newer gateway says something this SDK has no word for
    };
  }

  private boolean passState(Task task, TaskListener listener) {
    Stand now = new Stand(task.getState(), task.getAttemptsCount(), task.hashCode());
    if (now.equals(stand)) {
      return false;
    }
    stand = now;
    listener.onState(task);
    return true;
  }

  private boolean passAttempt(AttemptStarted started, TaskListener listener) {
    if (started.getAttempt() <= attempt) {
      return false;
    }
    if (attempt > 0) {
      nextOffset = 0; // else it may be the attempt whose middle the cursor stands in
    }
    attempt = started.getAttempt();
    listener.onAttempt(started);
    return true;
  }

  private boolean passGap(OutputGap gap, TaskListener listener) {
    gapAnnounced = true;
    listener.onGap(gap);
    return false; // a gateway may say so on every stream
  }

  private boolean passOutput(OutputChunk chunk, TaskListener listener) {
    if (chunk.getAttempt() < attempt) {
      return false;
    }
    if (chunk.getAttempt() > attempt) {
      enter(chunk.getAttempt(), listener);
    }
    long end = chunk.getOffset() + bytes(chunk).size();
    if (nextOffset != ANYWHERE && chunk.getOffset() < nextOffset) {
      if (end <= nextOffset) {
        return false;
      }
      chunk = withoutFirst((int) (nextOffset - chunk.getOffset()), chunk);
    } else if (nextOffset != ANYWHERE && chunk.getOffset() > nextOffset && !gapAnnounced) {
      listener.onGap(missing(nextOffset, chunk.getOffset()));
    }
    nextOffset = end;
    gapAnnounced = false;
    listener.onOutput(chunk);
    return true;
  }

  /** The first output of an attempt whose beginning was not announced. */
  private void enter(int number, TaskListener listener) {
    if (attempt > 0) {
      listener.onAttempt(AttemptStarted.newBuilder().setAttempt(number).build());
      nextOffset = 0;
    }
    attempt = number;
  }

  private static OutputGap missing(long from, long to) {
    return OutputGap.newBuilder()
        .setMessage("bytes " + from + " to " + (to - 1) + " of the output did not arrive")
        .build();
  }

  private static ByteString bytes(OutputChunk chunk) {
    return chunk.hasText() ? chunk.getTextBytes() : chunk.getData();
  }

  private static OutputChunk withoutFirst(int count, OutputChunk chunk) {
    OutputChunk.Builder rest = chunk.toBuilder().setOffset(chunk.getOffset() + count);
    ByteString bytes = bytes(chunk).substring(count);
    return chunk.hasText() ? rest.setTextBytes(bytes).build() : rest.setData(bytes).build();
  }
}
