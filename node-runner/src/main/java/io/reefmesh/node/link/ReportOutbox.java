package io.reefmesh.node.link;

import io.reefmesh.v1.Accepted;
import io.reefmesh.v1.AttemptOutput;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.Refused;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Stopped;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be reported on the present link, in three classes: control (accepted, refused,
 * stopped), results, output. It holds references, not copies, so that it is bounded by what the
 * node holds; only control entries are its own, and {@link #isOverfull} says when they are too
 * many.
 *
 * <p>Order within an attempt: control is always emptied first, and an attempt with unsent output is
 * among the speakers, not among the results.
 */
final class ReportOutbox {

  /** A gateway that lets so many small answers wait does not read its link. */
  private static final int MAX_CONTROL_ENTRIES = 8192;

  /** Attempts whose Stopped may have been lost; the oldest are forgotten first. */
  private static final int MAX_UNCONFIRMED = 4096;

  /** The longest control entry: a reason of 1,024 characters, an id, a duration. */
  private static final int MAX_CONTROL_BYTES = 4096;

  /** A whole character fits, however small the gateway's credit. */
  private static final int SMALLEST_CHUNK_BYTES = 4;

  /** Ids, offsets and tags around a chunk. */
  private static final int CHUNK_FRAME_BYTES = 128;

  private static final long NOT_WRITTEN = Long.MAX_VALUE;

  private sealed interface Control {}

  private record Accept(Held held, Accepted entry) implements Control {}

  private record Refuse(@Nullable Held held, Refused entry) implements Control {}

  private record Stop(Stopped entry) implements Control {}

  private record WrittenAccept(long sequence, Held held) {}

  private final ArrayDeque<Control> control = new ArrayDeque<>();
  private final LinkedHashSet<Held> results = new LinkedHashSet<>();
  private final LinkedHashSet<Held> lastWords = new LinkedHashSet<>();
  private final LinkedHashSet<Held> speakers = new LinkedHashSet<>();
  private final ArrayDeque<WrittenAccept> writtenAccepts = new ArrayDeque<>();
  private final Map<AttemptRef, Long> unconfirmedStops = new LinkedHashMap<>();

  void accepted(Held held) {
    control.add(new Accept(held, Accepted.newBuilder().setRef(held.ref).build()));
  }

  /** Refuses an attempt that is not held. */
  void refused(Refused refused) {
    control.add(new Refuse(null, refused));
  }

  /** Hands an attempt back that is held until the refusal is written. */
  void handedBack(Held held, Refused refused) {
    control.add(new Refuse(held, refused));
  }

  /** Kept until the gateway has surely received it. */
  void stopped(AttemptRef ref) {
    if (unconfirmedStops.size() == MAX_UNCONFIRMED) {
      unconfirmedStops.remove(unconfirmedStops.keySet().iterator().next());
    }
    unconfirmedStops.put(ref, NOT_WRITTEN);
    control.add(new Stop(Stopped.newBuilder().setRef(ref).build()));
  }

  /** A finished attempt: its result is sent once its output is. */
  void finished(Held held) {
    speakers.remove(held);
    if (held.output.hasUnsent()) {
      lastWords.add(held);
    } else {
      lastWords.remove(held);
      results.add(held);
    }
  }

  /** A running attempt has output to send. */
  void speaks(Held held) {
    speakers.add(held);
  }

  /** Nothing more is to be said about the output and the result of an attempt. */
  void silence(Held held) {
    results.remove(held);
    lastWords.remove(held);
    speakers.remove(held);
  }

  /** A new link: nothing was said on it. */
  void reset() {
    control.clear();
    results.clear();
    lastWords.clear();
    speakers.clear();
    writtenAccepts.clear();
  }

  /** Says again, on a new link, what may have been lost on the one before. */
  void repeatStops() {
    List<AttemptRef> refs = List.copyOf(unconfirmedStops.keySet());
    unconfirmedStops.clear();
    refs.forEach(this::stopped);
  }

  /** The gateway has received everything up to this sequence of the present link. */
  void confirm(long receivedThrough) {
    while (!writtenAccepts.isEmpty() && writtenAccepts.getFirst().sequence() <= receivedThrough) {
      writtenAccepts.removeFirst().held().acceptConfirmed = true;
    }
    unconfirmedStops.values().removeIf(sequence -> sequence <= receivedThrough);
  }

  boolean isOverfull() {
    return control.size() > MAX_CONTROL_ENTRIES;
  }

  /**
   * A report of waiting control entries alone, or null. It goes before a beat: a beat that counts
   * an assignment as received and does not name it must not overtake its refusal.
   */
  @Nullable Report composeControl(long sequence, Consumer<Held> handedBack) {
    ReportBatch batch = new ReportBatch();
    addControl(batch, sequence, handedBack);
    return batch.isEmpty() ? null : batch.build();
  }

  /**
   * The next report, or null when nothing can be said now.
   *
   * @param sequence the sequence it will be written with
   * @param creditBytes how much output of one attempt may be under way
   * @param handedBack is told which refusals of held attempts are in it
   */
  @Nullable Report compose(long sequence, long creditBytes, Consumer<Held> handedBack) {
    ReportBatch batch = new ReportBatch();
    addControl(batch, sequence, handedBack);
    if (control.isEmpty()) {
      addResults(batch);
      addOutput(batch, lastWords, creditBytes);
      addOutput(batch, speakers, creditBytes);
      addResults(batch);
    }
    return batch.isEmpty() ? null : batch.build();
  }

  private void addControl(ReportBatch batch, long sequence, Consumer<Held> handedBack) {
    while (!control.isEmpty() && batch.roomBytes() > MAX_CONTROL_BYTES) {
      Control next = control.removeFirst();
      if (next instanceof Accept accept) {
        batch.add(accept.entry());
        remember(new WrittenAccept(sequence, accept.held()));
      } else if (next instanceof Refuse refuse) {
        batch.add(refuse.entry());
        if (refuse.held() != null) {
          handedBack.accept(refuse.held());
        }
      } else if (next instanceof Stop stop) {
        batch.add(stop.entry());
        unconfirmedStops.replace(stop.entry().getRef(), sequence);
      }
    }
  }

  private void remember(WrittenAccept written) {
    if (writtenAccepts.size() == MAX_UNCONFIRMED) {
      writtenAccepts.removeFirst();
    }
    writtenAccepts.add(written);
  }

  private void addResults(ReportBatch batch) {
    Iterator<Held> waiting = results.iterator();
    while (waiting.hasNext()) {
      Finished finished = waiting.next().result;
      if (finished != null) {
        if (!batch.hasRoomFor(finished)) {
          return;
        }
        batch.add(finished);
      }
      waiting.remove();
    }
  }

  private void addOutput(ReportBatch batch, Set<Held> ring, long creditBytes) {
    while (!ring.isEmpty()) {
      Held held = ring.iterator().next();
      int worthwhile = held.output.worthwhileBytes();
      int room = batch.roomBytes() - CHUNK_FRAME_BYTES;
      if (room < worthwhile) {
        return;
      }
      ring.remove(held);
      long credit = creditBytes - held.output.outstandingBytes();
      if (credit < worthwhile && held.output.outstandingBytes() > 0) {
        held.waitsForCredit = true;
        continue;
      }
      addChunk(batch, held, (int) Math.min(room, Math.max(credit, SMALLEST_CHUNK_BYTES)));
      if (held.output.hasUnsent()) {
        ring.add(held);
      } else if (held.stage == Held.Stage.FINISHED) {
        results.add(held);
      }
    }
  }

  private static void addChunk(ReportBatch batch, Held held, int maxBytes) {
    OutputChunk chunk = held.output.next(held.ref.getAttempt(), maxBytes);
    batch.add(AttemptOutput.newBuilder().setTaskId(held.ref.getTaskId()).setChunk(chunk).build());
  }
}
