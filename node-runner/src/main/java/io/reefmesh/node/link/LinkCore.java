package io.reefmesh.node.link;

import io.grpc.Status;
import io.reefmesh.node.link.StopPlan.Step;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.Move;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Everything a node decides: when to dial, what to say next, what to do with what was heard. A
 * deterministic state machine without thread, clock or I/O: the same events at the same times, with
 * the same random source, give the same actions and messages.
 *
 * <p>{@link #step} takes what happened and gives what to do. What to say is pulled: whenever a link
 * can be written, {@link #nextMessage} composes the next message from the state of that very
 * moment, so a beat never tells of a past, and nothing is queued that could be out of date. After
 * both, {@link #nextWakeMillis} says when {@link LinkEvent.TimePassed} is due.
 *
 * <p>Of links there are at most three at a time: {@code current}, whose Hello was written and which
 * alone is listened to; {@code candidate}, dialled and not begun; and one being retired, which was
 * current before a move and is closed when its successor is welcomed. Once a link is begun, nothing
 * that arrives from an older one counts.
 *
 * <p>Not thread-safe: one owner.
 */
public final class LinkCore {

  private static final long NO_LINK = 0;

  private final LinkProfile profile;
  private final RandomGenerator random;
  private final List<LinkAction> actions = new ArrayList<>();
  private final NodeWords words;
  private final Workload workload;
  private final RedialSchedule redial;
  private final LinkNotices notices;
  private final StopPlan stop = new StopPlan();

  private @Nullable LinkState current;
  private @Nullable LinkState candidate;
  private long retiring = NO_LINK;
  private long lastLink = NO_LINK;
  private long receivedBefore;
  private long redialMillis = WireTime.NEVER;
  private long moveMillis = WireTime.NEVER;
  private @Nullable String moveTarget;
  private boolean drained;

  /**
   * A node that has not started.
   *
   * @param random where back-off and spreading draw from
   */
  public LinkCore(LinkProfile profile, RandomGenerator random) {
    this.profile = profile;
    this.random = random;
    this.words = new NodeWords(profile);
    this.workload = new Workload(profile, actions::add);
    this.redial = new RedialSchedule(random);
    this.notices = new LinkNotices(profile, actions::add);
  }

  /** Takes one event; the actions are to be done in their order. After Terminated it gives none. */
  public List<LinkAction> step(LinkEvent event, long nowMillis) {
    if (stop.step == Step.GONE) {
      return List.of();
    }
    take(event, nowMillis);
    passTime(nowMillis);
    List<LinkAction> taken = List.copyOf(actions);
    actions.clear();
    return taken;
  }

  /** When to step with {@link LinkEvent.TimePassed}, unless something happens before. */
  public long nextWakeMillis() {
    if (stop.step == Step.GONE) {
      return WireTime.NEVER;
    }
    long wake = Math.min(redialMillis, moveMillis);
    wake = Math.min(wake, Math.min(workload.nextDeadlineMillis(), stop.deadlineMillis()));
    if (candidate != null) {
      wake = Math.min(wake, candidate.deadlineMillis());
    }
    if (current != null) {
      wake = Math.min(wake, Math.min(current.deadlineMillis(), current.nextBeatMillis));
    }
    return wake;
  }

  /** Whether a link is live: welcomed and not lost. */
  public boolean isLinked() {
    return current != null && current.welcomed;
  }

  /** Whether the gateway gives it nothing new, by an operator's wish; as last heard. */
  public boolean isDrained() {
    return drained;
  }

  /** How many attempts are held: running, ending, or finished and not acked. */
  public int heldCount() {
    return workload.size();
  }

  // Events.

  private void take(LinkEvent event, long now) {
    if (event instanceof LinkEvent.Heard heard) {
      hear(heard.link(), heard.message(), now);
    } else if (event instanceof LinkEvent.OutputWritten written) {
      workload.wrote(written.ref(), written.skippedBytes(), written.pieces(), now);
    } else if (event instanceof LinkEvent.HandlerReturned returned) {
      workload.returned(returned.ref(), returned.outcome(), now);
    } else if (event instanceof LinkEvent.Closed closed) {
      closed(closed, now);
    } else if (event instanceof LinkEvent.LoadMeasured load) {
      words.load(load.cpu(), load.memory());
    } else if (event instanceof LinkEvent.StopAsked asked) {
      stopAsked(asked, now);
    } else if (event instanceof LinkEvent.Started) {
      dial(null, now);
    }
  }

  private void passTime(long now) {
    workload.passTime(now);
    if (candidate != null && now >= candidate.deadlineMillis()) {
      giveUpCandidate(now);
    }
    if (current != null && now >= current.deadlineMillis()) {
      dropCurrent(
          Status.Code.DEADLINE_EXCEEDED,
          current.welcomed ? "the gateway has gone silent" : "the gateway did not answer Hello",
          now);
    }
    if (workload.isUnread()) {
      dropCurrent(Status.Code.RESOURCE_EXHAUSTED, "the gateway does not read its link", now);
    }
    if (current != null && current.welcomed) {
      if (now >= current.nextBeatMillis || workload.takeSaysSomethingNew()) {
        current.beatIsDue();
      }
    }
    if (now >= moveMillis) {
      move(now);
    }
    advanceStop(now);
    if (now >= redialMillis) {
      dial(null, now);
    }
  }

  // Dialling and losing links.

  private void dial(@Nullable String target, long now) {
    redialMillis = WireTime.NEVER;
    candidate = new LinkState(++lastLink, now);
    actions.add(new LinkAction.Dial(candidate.number, target));
  }

  private void giveUpCandidate(long now) {
    LinkState failed = candidate;
    if (failed != null) {
      actions.add(new LinkAction.Close(failed.number, false, "no connection in time"));
      candidateFailed(
          Status.Code.DEADLINE_EXCEEDED, "the gateway could not be reached in time", now);
    }
  }

  /** After a failed move the link there is goes on. */
  private void candidateFailed(Status.Code code, String description, long now) {
    candidate = null;
    notices.failed(code, description, workload.size(), now);
    if (current == null) {
      redialLater(code, now);
    }
  }

  private void dropCurrent(Status.Code code, String description, long now) {
    if (current != null) {
      actions.add(new LinkAction.Close(current.number, false, description));
      currentLost(current, code, description, now);
    }
  }

  private void currentLost(LinkState lost, Status.Code code, String description, long now) {
    current = null;
    receivedBefore = lost.receivedThrough;
    moveMillis = WireTime.NEVER;
    workload.leaveLink();
    closeRetiring();
    if (lost.welcomed) {
      redial.linkLived(now - lost.welcomedMillis);
    }
    if (stop.step.compareTo(Step.SAID) < 0) {
      notices.failed(code, description, workload.size(), now);
    }
    if (candidate == null) {
      redialLater(code, now);
    }
  }

  private void closed(LinkEvent.Closed closed, long now) {
    if (candidate != null && candidate.number == closed.link()) {
      candidateFailed(closed.code(), closed.description(), now);
    } else if (current != null && current.number == closed.link()) {
      currentLost(current, closed.code(), closed.description(), now);
    } else if (retiring == closed.link()) {
      retiring = NO_LINK;
    }
  }

  private void redialLater(Status.Code code, long now) {
    redialMillis = now + redial.nextWaitMillis(code, !workload.isEmpty());
  }

  private void closeRetiring() {
    if (retiring != NO_LINK) {
      actions.add(new LinkAction.Close(retiring, false, "a newer link replaced it"));
      retiring = NO_LINK;
    }
  }

  // What the gateway says.

  private void hear(long link, LinkResponse message, long now) {
    if (current == null || current.number != link) {
      return;
    }
    if (!current.hear(message.getSequence(), now)) {
      dropCurrent(
          Status.Code.INTERNAL,
          "message " + message.getSequence() + " came after " + current.receivedThrough,
          now);
      return;
    }
    boolean isWelcome = message.getMessageCase() == LinkResponse.MessageCase.WELCOME;
    if (isWelcome == current.welcomed) {
      dropCurrent(
          Status.Code.INTERNAL,
          isWelcome ? "the gateway said Welcome twice" : "the gateway did not begin with Welcome",
          now);
      return;
    }
    understand(current, message, now);
  }

  private void understand(LinkState link, LinkResponse message, long now) {
    switch (message.getMessageCase()) {
      case WELCOME -> welcome(link, message.getWelcome(), now);
      case BEAT_REPLY -> beatReply(link, message.getBeatReply(), now);
      case DIRECTIVE -> obey(message.getDirective(), now);
      case DRAIN -> drained(message.getDrain().getDraining());
      case MOVE -> planMove(message.getMove(), now);
      case PROBE -> link.beatIsDue();
      case NODE_MESSAGE, MESSAGE_NOT_SET -> {
        // Words of other nodes have no listener here; unknown messages are of a newer gateway.
      }
    }
  }

  private void welcome(LinkState link, Welcome welcome, long now) {
    link.welcome(welcome, now);
    drained(welcome.getDraining());
    workload.adopt(welcome, now);
    closeRetiring();
    notices.linked(welcome.getGatewayId(), workload.size());
  }

  private void drained(boolean draining) {
    if (draining != drained) {
      drained = draining;
      notices.say(
          Level.INFO,
          draining
              ? "the gateway drains node " + profile.nodeId() + ": nothing new comes"
              : "the gateway gives node " + profile.nodeId() + " work again");
    }
  }

  private void beatReply(LinkState link, BeatReply reply, long now) {
    link.takeInterval(reply, now);
    workload.confirm(reply.getReceivedThrough());
    reply.getDropList().forEach(ref -> workload.drop(ref, now));
    reply.getOutputReceivedList().forEach(received -> workload.received(received, now));
  }

  private void obey(Directive directive, long now) {
    directive.getFinishedAcksList().forEach(ack -> workload.acked(ack.getRef()));
    String refusal = refusal();
    directive.getAssignsList().forEach(assign -> workload.assign(assign, refusal, now));
    directive.getCancelsList().forEach(cancel -> workload.cancel(cancel.getRef(), now));
    directive.getOutputReceivedList().forEach(received -> workload.received(received, now));
  }

  private @Nullable String refusal() {
    if (stop.isStopping()) {
      return "node " + profile.nodeId() + " is stopping";
    }
    return drained ? "node " + profile.nodeId() + " is draining" : null;
  }

  /** Nodes that are told to move together do not arrive together. */
  private void planMove(Move move, long now) {
    if (!stop.isStopping()) {
      long within = WireTime.millis(move.getWithin());
      moveMillis = now + (within < 2 ? 0 : random.nextLong(within / 2));
      moveTarget = move.getTarget().isBlank() ? null : move.getTarget();
    }
  }

  private void move(long now) {
    moveMillis = WireTime.NEVER;
    if (candidate == null) {
      dial(moveTarget, now);
    }
  }

  // What the node says.

  /**
   * The next message for a link that can be written now, or null when there is nothing to say. It
   * counts as said: the caller writes it.
   */
  public @Nullable LinkRequest nextMessage(long link, long nowMillis) {
    if (candidate != null && candidate.number == link) {
      return begin(candidate);
    }
    LinkState written = current;
    if (written == null
        || written.number != link
        || !written.welcomed
        || stop.step.compareTo(Step.LEAVING) > 0) {
      return null;
    }
    if (written.beatDue) {
      Report first = workload.reportBeforeBeat(written.sequence + 1);
      if (first != null) {
        return numbered(written).setReport(first).build();
      }
      written.beatWritten(nowMillis);
      return numbered(written)
          .setBeat(words.beat(workload, written.receivedThrough, stop.isStopping()))
          .build();
    }
    if (stop.isStopping() && !written.leavingSaid) {
      written.leavingSaid = true;
      return numbered(written).setLeaving(words.leaving(stop.reason, false)).build();
    }
    Report report = workload.nextReport(written.sequence + 1);
    if (report != null) {
      return numbered(written).setReport(report).build();
    }
    if (stop.step == Step.LEAVING) {
      stop.go(Step.SAID, nowMillis);
      return numbered(written).setLeaving(words.leaving(stop.reason, true)).build();
    }
    return null;
  }

  /** From its Hello on a link is the only one that counts. */
  private LinkRequest begin(LinkState link) {
    if (current != null) {
      receivedBefore = current.receivedThrough;
      retiring = current.number;
    }
    candidate = null;
    current = link;
    workload.leaveLink();
    return numbered(link).setHello(words.hello(workload, receivedBefore, link.number)).build();
  }

  private static LinkRequest.Builder numbered(LinkState link) {
    return LinkRequest.newBuilder().setSequence(++link.sequence);
  }

  // Stopping.

  private void stopAsked(LinkEvent.StopAsked asked, long now) {
    switch (stop.step) {
      case STAYING -> {
        stop.reason = asked.reason();
        stop.go(Step.FINISHING, now + Math.max(0, asked.graceMillis()));
        notices.say(Level.INFO, "node " + profile.nodeId() + " stops: " + stop.reason);
      }
      case FINISHING -> cancelWork(now);
      case CANCELLING -> stop.go(Step.LEAVING, now + StopPlan.GOODBYE_WITHIN_MILLIS);
      case LEAVING, SAID, CLOSING -> terminate();
      case GONE -> {
        // Nothing follows.
      }
    }
  }

  private void advanceStop(long now) {
    if (stop.step == Step.FINISHING && (workload.isEmpty() || stop.isDue(now))) {
      cancelWork(now);
    }
    if (stop.step == Step.CANCELLING && (workload.isAtRest() || stop.isDue(now))) {
      stop.go(Step.LEAVING, now + StopPlan.GOODBYE_WITHIN_MILLIS);
    }
    if (stop.step == Step.LEAVING && (!isLinked() || stop.isDue(now))) {
      terminate();
    }
    if (stop.step == Step.SAID) {
      stop.go(Step.CLOSING, now + StopPlan.GOODBYE_WITHIN_MILLIS);
      if (current != null) {
        actions.add(new LinkAction.Close(current.number, true, "the node has left"));
      }
    }
    if (stop.step == Step.CLOSING && (current == null || stop.isDue(now))) {
      terminate();
    }
  }

  private void cancelWork(long now) {
    if (!workload.isEmpty()) {
      notices.say(Level.WARN, "node " + profile.nodeId() + " cancels the work it holds and leaves");
    }
    stop.go(Step.CANCELLING, now + StopPlan.CANCEL_WITHIN_MILLIS);
    workload.abandonAll();
  }

  private void terminate() {
    closeRetiring();
    if (candidate != null) {
      actions.add(new LinkAction.Close(candidate.number, false, "the node has left"));
      candidate = null;
    }
    if (current != null) {
      actions.add(new LinkAction.Close(current.number, false, "the node has left"));
      current = null;
    }
    redialMillis = WireTime.NEVER;
    stop.go(Step.GONE, WireTime.NEVER);
    actions.add(new LinkAction.Terminated());
  }
}
