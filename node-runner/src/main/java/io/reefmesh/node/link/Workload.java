package io.reefmesh.node.link;

import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.node.link.Held.Stage;
import io.reefmesh.node.work.HandlerFailures;
import io.reefmesh.node.work.OutputPiece;
import io.reefmesh.node.work.SlotPermit;
import io.reefmesh.node.work.SlotPool;
import io.reefmesh.node.work.WorkOutcome;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Failure;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.HeldAttempt;
import io.reefmesh.v1.OutputReceived;
import io.reefmesh.v1.RefusalScope;
import io.reefmesh.v1.Refused;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Welcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Every attempt this node holds and what becomes of it: part of {@link LinkCore}, and as
 * deterministic. It outlives links: {@link #leaveLink} and {@link #adopt} carry it from one to the
 * next.
 */
final class Workload {

  /** How long a handler may take to return after its run timeout before the failure is reported. */
  static final long TIMEOUT_PATIENCE_MILLIS = 2_000;

  /** How long a handler may ignore a cancel before people are told. */
  static final long CANCEL_PATIENCE_MILLIS = 10_000;

  /** How long a result waits for the gateway to take the attempt's last output. */
  static final long LAST_WORDS_PATIENCE_MILLIS = 5_000;

  /** Results that wait for an ack: beyond either, no more work is taken. */
  static final int MAX_UNACKED_RESULTS = 4096;

  static final long MAX_UNACKED_BYTES = 64L << 20;

  private static final int MAX_REASON_CHARS = 1024;
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Duration LATER = Duration.ofSeconds(30);

  private final Set<String> taskTypes;
  private final SlotPool slots;
  private final Consumer<LinkAction> actions;
  private final ReportOutbox outbox = new ReportOutbox();
  private final Deadlines deadlines = new Deadlines();
  private final HeldTable held = new HeldTable();
  private GatewayLimits limits = GatewayLimits.DEFAULT;
  private long nextOrder;
  private int unackedResults;
  private long unackedBytes;
  private boolean saysSomethingNew;

  Workload(LinkProfile profile, Consumer<LinkAction> actions) {
    this.taskTypes = new HashSet<>(profile.taskTypes());
    this.slots = new SlotPool(profile.slots());
    this.actions = actions;
  }

  // What the gateway says.

  /** Takes an assignment, refuses it, or ignores it because it was seen before. */
  void assign(Assign assign, @Nullable String refusal, long now) {
    AttemptRef ref = assign.getRef();
    if (held.knows(ref)) {
      return;
    }
    Held sameTask = held.latestOf(ref.getTaskId());
    if (sameTask != null && sameTask.ref.getAttempt() > ref.getAttempt()) {
      refuse(ref, "a later attempt of this task is here", LATER);
      return;
    }
    if (sameTask != null) {
      // Whoever pushes a later attempt has given the earlier one up.
      cancel(sameTask, now);
    }
    if (refusal != null) {
      refuse(ref, refusal, LATER);
    } else if (!taskTypes.contains(assign.getType())) {
      String reason = "no handler for task type " + assign.getType();
      outbox.refused(refusal(ref, reason, LATER, RefusalScope.REFUSAL_SCOPE_TYPE));
    } else if (isBacklogged()) {
      refuse(ref, "too many results wait for the gateway to record them", SOON);
    } else {
      SlotPermit permit = slots.tryAcquire();
      if (permit == null) {
        refuse(ref, "all " + slots.capacity() + " slots are taken", SOON);
      } else {
        accept(assign, permit, now);
      }
    }
  }

  private void accept(Assign assign, SlotPermit permit, long now) {
    Held taken =
        new Held(
            assign.getRef(), nextOrder++, permit, new OutputBuffer(limits.outputReplayBytes()));
    held.add(taken);
    long runMillis = WireTime.millis(assign.getRunTimeout());
    deadlines.set(taken, runMillis == 0 ? WireTime.NEVER : now + runMillis);
    outbox.accepted(taken);
    actions.accept(new LinkAction.Run(assign));
  }

  private void refuse(AttemptRef ref, String reason, Duration retryAfter) {
    outbox.refused(refusal(ref, reason, retryAfter, RefusalScope.REFUSAL_SCOPE_TASK));
  }

  private static RefusalScope onTheWire(TaskRefusedException.Scope scope) {
    return switch (scope) {
      case TASK -> RefusalScope.REFUSAL_SCOPE_TASK;
      case TYPE -> RefusalScope.REFUSAL_SCOPE_TYPE;
      case NODE -> RefusalScope.REFUSAL_SCOPE_NODE;
    };
  }

  private static Refused refusal(
      AttemptRef ref, String reason, Duration retryAfter, RefusalScope scope) {
    return Refused.newBuilder()
        .setRef(ref)
        .setReason(HandlerFailures.cut(reason, MAX_REASON_CHARS))
        .setRetryAfter(HandlerFailures.toProto(retryAfter))
        .setScope(scope)
        .build();
  }

  /** Stops an attempt; one that is not here has stopped already, and is said to have. */
  void cancel(AttemptRef ref, long now) {
    Held attempt = held.find(ref);
    if (attempt == null) {
      outbox.stopped(ref);
    } else {
      cancel(attempt, now);
    }
  }

  /** Stops an attempt and forgets its result. */
  void drop(AttemptRef ref, long now) {
    Held attempt = held.find(ref);
    if (attempt == null) {
      return;
    }
    if (attempt.stage == Stage.FINISHED) {
      forgetResult(attempt);
      if (!attempt.runs()) {
        outbox.stopped(ref);
      }
    } else {
      cancel(attempt, now);
    }
  }

  private void cancel(Held attempt, long now) {
    switch (attempt.stage) {
      case RUNNING, TIMED_OUT, ABANDONED -> {
        boolean alreadyTold = attempt.stage != Stage.RUNNING;
        attempt.stage = Stage.CANCELLED;
        outbox.silence(attempt);
        attempt.output.discard();
        if (!attempt.runs()) {
          forget(attempt);
          outbox.stopped(attempt.ref);
          return;
        }
        deadlines.set(attempt, now + CANCEL_PATIENCE_MILLIS);
        if (!alreadyTold) {
          actions.accept(new LinkAction.Interrupt(attempt.ref));
        }
      }
      case FINISHED, HANDED_BACK -> {
        // What it has to say is said all the same: the gateway judges what it is worth.
        if (!attempt.runs()) {
          outbox.stopped(attempt.ref);
        }
      }
      case CANCELLED, LINGERING -> {
        // Stopped follows when the handler returns.
      }
    }
  }

  /** The gateway has dealt with a result. */
  void acked(AttemptRef ref) {
    Held attempt = held.find(ref);
    if (attempt != null && attempt.stage == Stage.FINISHED) {
      forgetResult(attempt);
    }
  }

  private void forgetResult(Held attempt) {
    countUnacked(attempt, -1);
    attempt.result = null;
    attempt.output.discard();
    outbox.silence(attempt);
    deadlines.set(attempt, WireTime.NEVER);
    if (attempt.runs()) {
      attempt.stage = Stage.LINGERING;
      saysSomethingNew = true;
    } else {
      forget(attempt);
    }
  }

  /** The gateway has an attempt's output up to an offset. */
  void received(OutputReceived received, long now) {
    Held attempt = held.find(received.getRef());
    if (attempt == null) {
      return;
    }
    attempt.output.confirm(received.getOffset());
    if (attempt.waitsForCredit) {
      attempt.waitsForCredit = false;
      sayOutput(attempt, now);
    }
  }

  void confirm(long receivedThrough) {
    outbox.confirm(receivedThrough);
  }

  // What handlers do.

  void wrote(AttemptRef ref, long skippedBytes, List<OutputPiece> pieces, long now) {
    Held attempt = held.find(ref);
    if (attempt == null || attempt.stage != Stage.RUNNING) {
      return;
    }
    attempt.output.skip(skippedBytes);
    pieces.forEach(attempt.output::append);
    attempt.progress += pieces.size();
    if (!attempt.waitsForCredit) {
      sayOutput(attempt, now);
    }
  }

  private void sayOutput(Held attempt, long now) {
    if (attempt.stage == Stage.FINISHED) {
      deadlines.set(attempt, lastWordsDeadline(attempt, now));
      outbox.finished(attempt);
    } else if (attempt.output.hasUnsent()) {
      outbox.speaks(attempt);
    }
  }

  private static long lastWordsDeadline(Held attempt, long now) {
    return attempt.output.hasUnsent() ? now + LAST_WORDS_PATIENCE_MILLIS : WireTime.NEVER;
  }

  void returned(AttemptRef ref, WorkOutcome outcome, long now) {
    Held attempt = held.find(ref);
    if (attempt == null || !attempt.runs()) {
      return;
    }
    attempt.permit.close();
    switch (attempt.stage) {
      case RUNNING -> conclude(attempt, outcome, now);
      case TIMED_OUT -> finish(attempt, timeoutFailure(attempt), now);
      case CANCELLED, LINGERING -> {
        saysSomethingNew |= attempt.stage == Stage.LINGERING;
        forget(attempt);
        outbox.stopped(ref);
      }
      case FINISHED -> {
        // It had not returned when its timeout was reported; that slot is free now.
        saysSomethingNew = true;
        outbox.stopped(ref);
      }
      case ABANDONED, HANDED_BACK -> {
        // Stays named until the node has left.
      }
    }
  }

  private void conclude(Held attempt, WorkOutcome outcome, long now) {
    if (outcome instanceof WorkOutcome.HandedBack handedBack) {
      attempt.stage = Stage.HANDED_BACK;
      attempt.refusal =
          refusal(
              attempt.ref,
              handedBack.reason(),
              handedBack.retryAfter(),
              onTheWire(handedBack.scope()));
      outbox.silence(attempt);
      attempt.output.discard();
      deadlines.set(attempt, WireTime.NEVER);
      outbox.handedBack(attempt, attempt.refusal);
    } else if (outcome instanceof WorkOutcome.Succeeded succeeded) {
      finish(
          attempt, ResultMessages.of(attempt.ref, succeeded.output(), limits.payloadBytes()), now);
    } else if (outcome instanceof WorkOutcome.Failed failed) {
      finish(attempt, failed.failure(), now);
    }
  }

  private void finish(Held attempt, Failure failure, long now) {
    finish(attempt, Finished.newBuilder().setRef(attempt.ref).setFailure(failure).build(), now);
  }

  private void finish(Held attempt, Finished result, long now) {
    attempt.stage = Stage.FINISHED;
    attempt.result = result;
    countUnacked(attempt, 1);
    deadlines.set(attempt, lastWordsDeadline(attempt, now));
    if (!attempt.waitsForCredit) {
      outbox.finished(attempt);
    }
  }

  private static Failure timeoutFailure(Held attempt) {
    return HandlerFailures.failure(
        "RUN_TIMEOUT", attempt + " ran longer than its run timeout", true);
  }

  private void countUnacked(Held attempt, int sign) {
    boolean before = isBacklogged();
    unackedResults += sign;
    unackedBytes += attempt.result == null ? 0 : (long) sign * attempt.result.getSerializedSize();
    saysSomethingNew |= before != isBacklogged();
  }

  private void forget(Held attempt) {
    deadlines.set(attempt, WireTime.NEVER);
    outbox.silence(attempt);
    held.remove(attempt);
  }

  // Time.

  long nextDeadlineMillis() {
    return deadlines.nextMillis();
  }

  void passTime(long now) {
    Held due = deadlines.pollDue(now);
    while (due != null) {
      deadlinePassed(due, now);
      due = deadlines.pollDue(now);
    }
  }

  private void deadlinePassed(Held attempt, long now) {
    switch (attempt.stage) {
      case RUNNING -> {
        attempt.stage = Stage.TIMED_OUT;
        deadlines.set(attempt, now + TIMEOUT_PATIENCE_MILLIS);
        actions.accept(new LinkAction.Interrupt(attempt.ref));
      }
      case TIMED_OUT -> {
        notice(Level.WARN, attempt + " goes on after its run timeout and keeps its slot");
        saysSomethingNew = true;
        finish(attempt, timeoutFailure(attempt), now);
      }
      case CANCELLED ->
          notice(Level.WARN, attempt + " ignores that it was cancelled and keeps its slot");
      case FINISHED -> speakOfTheEnd(attempt, now);
      case HANDED_BACK, LINGERING, ABANDONED -> {
        // They wait for no time.
      }
    }
  }

  /**
   * The last output did not get through: the result goes without it, unless no link is the cause.
   */
  private void speakOfTheEnd(Held attempt, long now) {
    if (!attempt.waitsForCredit) {
      deadlines.set(attempt, lastWordsDeadline(attempt, now));
      return;
    }
    attempt.waitsForCredit = false;
    attempt.output.discard();
    outbox.finished(attempt);
  }

  // Links.

  /** The link is gone, or another begins: nothing that waited will be said on it. */
  void leaveLink() {
    outbox.reset();
    held.all().forEach(attempt -> attempt.waitsForCredit = false);
  }

  /** The gateway's answer to what this node holds. */
  void adopt(Welcome welcome, long now) {
    limits = GatewayLimits.of(welcome.getLimits());
    leaveLink();
    outbox.repeatStops();
    welcome.getDropList().forEach(ref -> drop(ref, now));
    Map<AttemptRef, Long> offsets = new HashMap<>();
    welcome.getOutputReceivedList().forEach(r -> offsets.put(r.getRef(), r.getOffset()));
    held.all().forEach(attempt -> resume(attempt, offsets.getOrDefault(attempt.ref, 0L), now));
  }

  private void resume(Held attempt, long outputOffset, long now) {
    attempt.output.limit(limits.outputReplayBytes());
    attempt.output.restartFrom(outputOffset);
    if (!attempt.acceptConfirmed && attempt.stage == Stage.RUNNING) {
      outbox.accepted(attempt);
    }
    if (attempt.refusal != null) {
      outbox.handedBack(attempt, attempt.refusal);
    }
    if (attempt.stage == Stage.RUNNING || attempt.stage == Stage.FINISHED) {
      sayOutput(attempt, now);
    }
  }

  /** What has to be said before a beat. */
  @Nullable Report reportBeforeBeat(long sequence) {
    return outbox.composeControl(sequence, this::forget);
  }

  @Nullable Report nextReport(long sequence) {
    return outbox.compose(sequence, limits.outputCreditBytes(), this::forget);
  }

  boolean isUnread() {
    return outbox.isOverfull();
  }

  // What is held.

  /** Everything that beats name. */
  List<HeldAttempt> named() {
    return held.named();
  }

  /** Slots, without those whose handlers outlived their reported end. */
  int usableSlots() {
    return slots.capacity() - held.outlivedSlots();
  }

  boolean isBacklogged() {
    return unackedResults >= MAX_UNACKED_RESULTS || unackedBytes >= MAX_UNACKED_BYTES;
  }

  boolean isEmpty() {
    return held.all().isEmpty();
  }

  int size() {
    return held.all().size();
  }

  /** Whether no handler runs and no result waits. */
  boolean isAtRest() {
    return slots.taken() == 0 && unackedResults == 0;
  }

  /** Whether the gateway should hear a beat sooner than planned. */
  boolean takeSaysSomethingNew() {
    boolean something = saysSomethingNew;
    saysSomethingNew = false;
    return something;
  }

  /** Cancels what runs because the node stops. */
  void abandonAll() {
    for (Held attempt : List.copyOf(held.all())) {
      if (attempt.stage == Stage.RUNNING) {
        attempt.stage = Stage.ABANDONED;
        deadlines.set(attempt, WireTime.NEVER);
        outbox.silence(attempt);
        attempt.output.discard();
        actions.accept(new LinkAction.Interrupt(attempt.ref));
      }
    }
  }

  private void notice(Level level, String text) {
    actions.accept(new LinkAction.Notice(level, text));
  }
}
