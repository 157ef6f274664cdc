package io.reefmesh.gateway.link;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Cancel;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.OutputReceived;
import io.reefmesh.v1.Welcome;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one node, in two classes: control (welcome, beat replies, acks,
 * cancels) and assignments. Control goes first, so no payload holds up a cancel or a beat; an
 * assignment that is cancelled while it waits here is taken back instead. Bounded: a full class
 * refuses.
 *
 * <p>Thread-safe.
 */
final class Outbox {

  /** Entries of one directive, and their bytes. A single larger entry goes alone. */
  private static final int MAX_ENTRIES = 64;

  private static final int MAX_BYTES = 256 * 1024;

  /** More control than this means that the node does not read. */
  private static final int MAX_CONTROL = 16_384;

  /** Assignments that wait, in bytes: beyond it they go to other nodes. */
  private static final long MAX_ASSIGN_BYTES = 16L << 20;

  private static final int MAX_ASSIGNS = 4_096;
  private static final int MAX_WRITTEN = 65_536;

  /** An assignment that waits; guarded by the outbox. */
  static final class Waiting {
    private Assign assign;
    private final long ordinal;
    private final int bytes;

    /** Its payload is here. */
    private boolean complete;

    private Waiting(Assign assign, long ordinal, int bytes, boolean complete) {
      this.assign = assign;
      this.ordinal = ordinal;
      this.bytes = bytes;
      this.complete = complete;
    }
  }

  private record Written(long sequence, long ordinal) {}

  private final ArrayDeque<LinkResponse.Builder> control = new ArrayDeque<>();
  private final ArrayDeque<FinishedAck> acks = new ArrayDeque<>();
  private final ArrayDeque<Cancel> cancels = new ArrayDeque<>();
  private final ArrayDeque<Waiting> assigns = new ArrayDeque<>();
  private final Map<AttemptRef, Long> outputOffsets = new LinkedHashMap<>();

  /** Which push was the last one in which message, until the node says that it has the message. */
  private final ArrayDeque<Written> written = new ArrayDeque<>();

  private long assignBytes;
  private long sequence;
  private long receivedPushes;

  /** Adds a message of its own; false: full. */
  synchronized boolean control(LinkResponse.Builder message) {
    if (control.size() >= MAX_CONTROL) {
      return false;
    }
    control.add(message);
    return true;
  }

  /** Adds it; false: full. */
  synchronized boolean ack(FinishedAck ack) {
    return acks.size() < MAX_CONTROL && acks.add(ack);
  }

  /** Adds it; false: full. */
  synchronized boolean cancel(Cancel cancel) {
    return cancels.size() < MAX_CONTROL && cancels.add(cancel);
  }

  /** Adds it; false: full. */
  synchronized boolean assign(Assign assign, long ordinal) {
    return add(new Waiting(assign, ordinal, assign.getSerializedSize(), true));
  }

  /**
   * Adds one whose payload is still to come: until {@link #complete}, it and those behind it stay.
   *
   * @param payloadBytes how long the payload will be
   * @return what to complete; null: full
   */
  synchronized @Nullable Waiting assignLater(Assign bare, long ordinal, int payloadBytes) {
    Waiting waiting = new Waiting(bare, ordinal, bare.getSerializedSize() + payloadBytes, false);
    return add(waiting) ? waiting : null;
  }

  private boolean add(Waiting waiting) {
    boolean fits =
        assigns.isEmpty()
            || (assigns.size() < MAX_ASSIGNS && assignBytes + waiting.bytes <= MAX_ASSIGN_BYTES);
    if (fits) {
      assigns.add(waiting);
      assignBytes += waiting.bytes;
    }
    return fits;
  }

  /** Its payload has come. Nothing comes of it if it was taken back. */
  synchronized void complete(Waiting waiting, ByteString payload) {
    Assign.Builder assign = waiting.assign.toBuilder();
    assign.getPayloadBuilder().setData(payload);
    waiting.assign = assign.build();
    waiting.complete = true;
  }

  /** Takes back an assignment that has not been written; false: it is not here. */
  synchronized boolean withdraw(AttemptRef ref) {
    Iterator<Waiting> walk = assigns.iterator();
    while (walk.hasNext()) {
      Waiting waiting = walk.next();
      if (waiting.assign.getRef().equals(ref)) {
        assignBytes -= waiting.bytes;
        walk.remove();
        return true;
      }
    }
    return false;
  }

  /** Takes back every assignment that has not been written. */
  synchronized List<AttemptRef> withdrawAll() {
    List<AttemptRef> refs = assigns.stream().map(waiting -> waiting.assign.getRef()).toList();
    assigns.clear();
    assignBytes = 0;
    return refs;
  }

  /** Tells the node how much output has come; the latest word counts. */
  synchronized void outputReceived(AttemptRef ref, long offset) {
    if (outputOffsets.size() < MAX_CONTROL) {
      outputOffsets.put(ref, offset);
    }
  }

  /** The node has received all messages up to this one: how many pushes were in them. */
  synchronized long pushesReceivedThrough(long throughSequence) {
    Written first;
    while ((first = written.peekFirst()) != null && first.sequence() <= throughSequence) {
      receivedPushes = first.ordinal();
      written.removeFirst();
    }
    return receivedPushes;
  }

  /**
   * Composes the next message.
   *
   * @param receivedThrough the last sequence received from the node, said in welcomes and beat
   *     replies
   * @return null: nothing waits
   */
  synchronized @Nullable LinkResponse next(long receivedThrough) {
    LinkResponse.Builder message = control.poll();
    if (message != null) {
      return stamped(message, receivedThrough);
    }
    Directive directive = directive();
    return directive == null
        ? null
        : stamped(LinkResponse.newBuilder().setDirective(directive), receivedThrough);
  }

  synchronized long writtenSequence() {
    return sequence;
  }

  private LinkResponse stamped(LinkResponse.Builder message, long receivedThrough) {
    if (message.hasWelcome()) {
      Welcome.Builder welcome = message.getWelcomeBuilder();
      welcome.setReceivedThrough(receivedThrough);
    } else if (message.hasBeatReply()) {
      BeatReply.Builder reply = message.getBeatReplyBuilder();
      reply.setReceivedThrough(receivedThrough);
    }
    return message.setSequence(++sequence).build();
  }

  private @Nullable Directive directive() {
    boolean noAssign = firstAssign() == null;
    if (acks.isEmpty() && cancels.isEmpty() && noAssign && outputOffsets.isEmpty()) {
      return null;
    }
    Directive.Builder directive = Directive.newBuilder();
    int entries = 0;
    while (entries < MAX_ENTRIES && !acks.isEmpty()) {
      directive.addFinishedAcks(acks.poll());
      entries++;
    }
    while (entries < MAX_ENTRIES && !cancels.isEmpty()) {
      directive.addCancels(cancels.poll());
      entries++;
    }
    Iterator<Map.Entry<AttemptRef, Long>> offsets = outputOffsets.entrySet().iterator();
    while (entries < MAX_ENTRIES && offsets.hasNext()) {
      Map.Entry<AttemptRef, Long> offset = offsets.next();
      directive.addOutputReceived(
          OutputReceived.newBuilder().setRef(offset.getKey()).setOffset(offset.getValue()));
      offsets.remove();
      entries++;
    }
    addAssigns(directive, entries);
    return directive.build();
  }

  private void addAssigns(Directive.Builder directive, int entriesBefore) {
    int entries = entriesBefore;
    int bytes = 0;
    Waiting next;
    while (entries < MAX_ENTRIES && (next = firstAssign()) != null) {
      int size = next.bytes;
      if (entries > 0 && bytes + size > MAX_BYTES) {
        break;
      }
      assigns.remove();
      assignBytes -= size;
      bytes += size;
      entries++;
      directive.addAssigns(next.assign);
      if (entries == MAX_ENTRIES || firstAssign() == null || nextIsTooLarge(bytes)) {
        written.addLast(new Written(sequence + 1, next.ordinal));
        if (written.size() > MAX_WRITTEN) {
          // A node that never says what it received: what is forgotten counts as not received.
          written.removeFirst();
        }
        break;
      }
    }
  }

  private boolean nextIsTooLarge(int bytes) {
    Waiting next = firstAssign();
    return next != null && bytes + next.bytes > MAX_BYTES;
  }

  /** The first that waits; null: there is none, or its payload is still to come. */
  private @Nullable Waiting firstAssign() {
    Waiting first = assigns.peek();
    return first != null && first.complete ? first : null;
  }
}
