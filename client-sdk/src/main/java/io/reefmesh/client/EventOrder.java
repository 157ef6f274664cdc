package io.reefmesh.client;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskState;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets each thing through once and in order, however often the stream behind it is resumed: repeats
 * are dropped, overlapping output is cut, output of void attempts is dropped, and a hole that
 * nobody announced is announced. What it adds itself has no cursor. One owner at a time.
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
  boolean pass(TaskEvent event, Consumer<TaskEvent> out) {
    return switch (event.getEventCase()) {
      case STATE -> passState(event, out);
      case ATTEMPT -> passAttempt(event, out);
      case OUTPUT -> passOutput(event, out);
      case GAP -> {
        gapAnnounced = true;
        out.accept(event);
        yield false; // a gateway may say so on every stream
      }
      case FINISHED -> {
        out.accept(event);
        yield true;
      }
      case EVENT_NOT_SET -> false; // a newer gateway says something this SDK has no word for
    };
  }

  private boolean passState(TaskEvent event, Consumer<TaskEvent> out) {
    Task task = event.getState();
    Stand now = new Stand(task.getState(), task.getAttemptsCount(), task.hashCode());
    if (now.equals(stand)) {
      return false;
    }
    stand = now;
    out.accept(event);
    return true;
  }

  private boolean passAttempt(TaskEvent event, Consumer<TaskEvent> out) {
    int started = event.getAttempt().getAttempt();
    if (started <= attempt) {
      return false;
    }
    begin(started);
    out.accept(event);
    return true;
  }

  private boolean passOutput(TaskEvent event, Consumer<TaskEvent> out) {
    OutputChunk chunk = event.getOutput();
    if (chunk.getAttempt() < attempt) {
      return false;
    }
    if (chunk.getAttempt() > attempt) {
      enter(event, out);
    }
    long end = chunk.getOffset() + bytes(chunk).size();
    if (nextOffset != ANYWHERE && chunk.getOffset() < nextOffset) {
      if (end <= nextOffset) {
        return false;
      }
      int known = (int) (nextOffset - chunk.getOffset());
      event = event.toBuilder().setOutput(withoutFirst(known, chunk)).build();
    } else if (nextOffset != ANYWHERE && chunk.getOffset() > nextOffset && !gapAnnounced) {
      out.accept(added(event).setGap(missing(nextOffset, chunk.getOffset())).build());
    }
    nextOffset = end;
    gapAnnounced = false;
    out.accept(event);
    return true;
  }

  /** The first output of an attempt whose beginning was not announced. */
  private void enter(TaskEvent event, Consumer<TaskEvent> out) {
    int number = event.getOutput().getAttempt();
    boolean isAnother = attempt > 0;
    begin(number);
    if (isAnother) {
      out.accept(added(event).setAttempt(AttemptStarted.newBuilder().setAttempt(number)).build());
    }
  }

  private void begin(int number) {
    if (attempt > 0) {
      nextOffset = 0; // else it may be the attempt whose middle the cursor stands in
      gapAnnounced = false; // what was missing was of the attempt before
    }
    attempt = number;
  }

  private static TaskEvent.Builder added(TaskEvent before) {
    TaskEvent.Builder event = TaskEvent.newBuilder();
    return before.hasTime() ? event.setTime(before.getTime()) : event;
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
    // Another cut than the last time may fall into a character.
    return chunk.hasText() && bytes.isValidUtf8()
        ? rest.setTextBytes(bytes).build()
        : rest.setData(bytes).build();
  }
}
