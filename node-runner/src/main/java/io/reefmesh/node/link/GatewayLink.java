package io.reefmesh.node.link;

import io.grpc.Status;
import io.reefmesh.node.work.AttemptListener;
import io.reefmesh.node.work.AttemptRunner;
import io.reefmesh.node.work.OutputIntake;
import io.reefmesh.node.work.WorkOutcome;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell around {@link LinkCore}: turns callbacks into events, does what the core says, and
 * writes what it has to say whenever a stream takes it. Everything runs on the mailbox; {@link
 * #start}, {@link #stop}, {@link #isLinked}, {@link #isDrained} and {@link #lastTurnMillis} may be
 * called from anywhere.
 */
public final class GatewayLink implements LinkStream.Events, AttemptListener {

  private static final Logger log = LoggerFactory.getLogger(GatewayLink.class);

  /** The loop turns at least this often, so that whoever looks sees that it does. */
  private static final long LONGEST_SLEEP_MILLIS = 1_000;

  /** While more waits, this much is taken in at most before what follows from it is written. */
  private static final int MAX_UNSETTLED = 128;

  /** What the link needs and what it tells. */
  public interface Surroundings {
    /** The link came to live, or no longer does, or the node drains, or no longer does. */
    void linked(boolean live);

    /** It has left for good, or (with a cause) could not go on. */
    void terminated(@Nullable Throwable cause);
  }

  private final LinkCore core;
  private final Mailbox mailbox;
  private final Dialer dialer;
  private final String target;
  private final LoadMeter load;
  private final Surroundings surroundings;
  private final AttemptRunner attempts;
  private final Map<Long, LinkStream> streams = new HashMap<>();
  private boolean terminated;

  /** Pieces of work since the last write. */
  private int unsettled;

  private volatile boolean linked;
  private volatile boolean drained;
  private volatile long lastTurnMillis;

  /**
   * A link that has not started.
   *
   * @param attempts makes what runs attempts, given whom to tell and where to
   */
  public GatewayLink(
      LinkCore core,
      Mailbox mailbox,
      Dialer dialer,
      String target,
      LoadMeter load,
      BiFunction<AttemptListener, Executor, AttemptRunner> attempts,
      Surroundings surroundings) {
    this.core = core;
    this.mailbox = mailbox;
    this.dialer = dialer;
    this.target = target;
    this.load = load;
    this.surroundings = surroundings;
    this.attempts = attempts.apply(this, this::post);
  }

  /** Begins to dial. */
  public void start() {
    post(
        () -> {
          measureLoad();
          turn(new LinkEvent.Started());
        });
  }

  /** One more step towards leaving; see {@link LinkEvent.StopAsked}. */
  public void stop(String reason, long graceMillis) {
    post(() -> turn(new LinkEvent.StopAsked(reason, graceMillis)));
  }

  /** Whether the link is live. */
  public boolean isLinked() {
    return linked;
  }

  /** Whether an operator drains the node, as far as it has heard. */
  public boolean isDrained() {
    return drained;
  }

  /** When the loop last turned, by the mailbox's clock: it does so about once a second. */
  public long lastTurnMillis() {
    return lastTurnMillis;
  }

  @Override
  public void heard(LinkStream stream, LinkResponse message) {
    post(
        () -> {
          turn(new LinkEvent.Heard(stream.number, message));
          stream.dealtWithOne();
        });
  }

  @Override
  public void writable(LinkStream stream) {
    post(
        () -> {
          // Whatever the loop has dealt with, it writes.
        });
  }

  @Override
  public void closed(LinkStream stream, Status status) {
    post(
        () -> {
          LinkStream ended = streams.remove(stream.number);
          if (ended != null) {
            ended.release();
          }
          String description = status.getDescription();
          turn(
              new LinkEvent.Closed(
                  stream.number,
                  status.getCode(),
                  description == null ? "no description" : description));
        });
  }

  @Override
  public void wrote(AttemptRef ref, OutputIntake.Fetched output) {
    turn(new LinkEvent.OutputWritten(ref, output.skippedBytes(), output.pieces()));
  }

  @Override
  public void ended(AttemptRef ref, WorkOutcome outcome) {
    turn(new LinkEvent.HandlerReturned(ref, outcome));
    if (outcome instanceof WorkOutcome.Failed failed && failed.processBroken()) {
      log.error("the process is broken ({}): the node stops", failed.failure().getMessage());
      turn(new LinkEvent.StopAsked(failed.failure().getMessage(), 0));
    }
  }

  private void turn(LinkEvent event) {
    core.step(event, mailbox.nowMillis()).forEach(this::act);
  }

  /**
   * To the mailbox, where nothing that is thrown is lost: it would leave a loop that looks alive.
   */
  private void post(Runnable work) {
    mailbox.execute(() -> guarded(work));
  }

  private void guarded(Runnable work) {
    if (terminated) {
      return;
    }
    try {
      work.run();
      unsettled++;
      if (!mailbox.hasMore() || unsettled >= MAX_UNSETTLED) {
        unsettled = 0;
        writeAll();
        sleep();
      }
    } catch (RuntimeException | Error e) {
      log.error("the link's loop failed: the node stops at once", e);
      terminate(e);
    }
  }

  private void sleep() {
    long now = mailbox.nowMillis();
    lastTurnMillis = now;
    if (core.isLinked() != linked || core.isDrained() != drained) {
      linked = core.isLinked();
      drained = core.isDrained();
      surroundings.linked(linked);
    }
    if (!terminated) {
      long wake = Math.min(core.nextWakeMillis(), now + LONGEST_SLEEP_MILLIS);
      mailbox.wakeAt(wake, () -> guarded(() -> turn(new LinkEvent.TimePassed())));
    }
  }

  private void writeAll() {
    for (LinkStream stream : List.copyOf(streams.values())) {
      write(stream);
    }
  }

  private void write(LinkStream stream) {
    while (stream.isWritable()) {
      LinkRequest message = core.nextMessage(stream.number, mailbox.nowMillis());
      if (message == null) {
        return;
      }
      stream.write(message);
      if (message.hasBeat()) {
        measureLoad();
      }
    }
  }

  private void measureLoad() {
    load.measure((cpu, memory) -> post(() -> turn(new LinkEvent.LoadMeasured(cpu, memory))));
  }

  private void act(LinkAction action) {
    if (action instanceof LinkAction.Run run) {
      attempts.run(run.assign());
    } else if (action instanceof LinkAction.Interrupt interrupt) {
      attempts.interrupt(interrupt.ref());
    } else if (action instanceof LinkAction.Notice notice) {
      log.atLevel(notice.level()).log(notice.text());
    } else if (action instanceof LinkAction.Dial dial) {
      dial(dial.link(), dial.target() == null ? target : dial.target());
    } else if (action instanceof LinkAction.Close close) {
      close(close);
    } else if (action instanceof LinkAction.Terminated) {
      terminate(null);
    }
  }

  private void dial(long link, String where) {
    try {
      streams.put(link, LinkStream.open(link, dialer.dial(where), this));
    } catch (IllegalArgumentException e) {
      String why = String.valueOf(e.getMessage());
      post(() -> turn(new LinkEvent.Closed(link, Status.Code.INVALID_ARGUMENT, why)));
    }
  }

  private void close(LinkAction.Close close) {
    LinkStream stream = streams.get(close.link());
    if (stream == null) {
      return;
    }
    if (close.orderly()) {
      stream.complete();
    } else {
      streams.remove(close.link());
      stream.abort(close.reason());
    }
  }

  private void terminate(@Nullable Throwable cause) {
    if (terminated) {
      return;
    }
    terminated = true;
    linked = false;
    attempts.interruptAll();
    streams.values().forEach(stream -> stream.abort("the node has left"));
    streams.clear();
    surroundings.linked(false);
    surroundings.terminated(cause);
  }
}
