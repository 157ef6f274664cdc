package io.reefmesh.client;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.WatchTaskRequest;
import io.reefmesh.v1.WatchTaskResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The decisions about a watch that outlives its streams: what its listener hears, from which cursor
 * the next stream goes on, how long to wait before it, and when to give up. A deterministic state
 * machine without thread, clock or I/O: the same events at the same times, with the same random
 * source, give the same actions.
 *
 * <p>At any time there is one stream, or one wait before the next, or the watch is over. One
 * message at a time is asked for, the next one when the listener has heard the last. A stream that
 * breaks is followed by another from the last cursor, after a back-off that begins anew when there
 * was news; the watch gives up when the gateway stays away for too long.
 *
 * <p>For programs that own time themselves, such as simulations; bots use {@link MeshClient#watch}.
 * Not thread-safe: one owner.
 */
public final class WatchCore {

  /** After the outcome the gateway closes the stream; one that does not is cancelled. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  static final MethodDescriptor<WatchTaskRequest, WatchTaskResponse> METHOD =
      TaskServiceGrpc.getWatchTaskMethod();

  /** What happens to a watch. Streams are numbered 1, 2, 3, … as {@link Action.Open} named them. */
  public sealed interface Event {

    /** The watch begins. Once, and first. */
    record Started() implements Event {}

    /** A message came. The next one comes only after {@link Action.Ask}. */
    record Received(int stream, TaskEvent event) implements Event {}

    /** The listener has heard everything that the last message led to. */
    record Delivered(int stream) implements Event {}

    /** A stream ended, whoever ended it. */
    record Ended(int stream, Status status, @Nullable Metadata trailers) implements Event {}

    /** A stream could not even be opened, which no repeat would mend. */
    record NotOpened(int stream, Status status) implements Event {}

    /** The wait is over. */
    record WaitOver() implements Event {}

    /**
     * The watch is ended from outside.
     *
     * @param why what its listener and those who wait for the outcome are told; null when its owner
     *     closed it
     */
    record Left(@Nullable MeshException why) implements Event {}
  }

  /** What the watch's owner has to do, in this order. */
  public sealed interface Action {

    /** Open a stream and take one message from it. */
    record Open(int stream, WatchTaskRequest request) implements Action {}

    /** Let the listener hear this. */
    record Deliver(TaskEvent event) implements Action {}

    /** Take one more message. */
    record Ask(int stream) implements Action {}

    /** Wait, then say {@link Event.WaitOver}. */
    record Wait(Duration duration) implements Action {}

    /** Wait no longer. */
    record StopWaiting() implements Action {}

    /** End this stream; its end is to be told all the same. */
    record Cancel(int stream) implements Action {}

    /** The outcome, for those who wait for it. */
    record Finish(Task task) implements Action {}

    /** There is no outcome, for those who wait for it; null: the owner closed the watch. */
    record Abandon(@Nullable MeshException why) implements Action {}

    /** Let the listener hear that the watch ended without the outcome. Its last call. */
    record Break(MeshException why) implements Action {}

    /** Nothing is under way any more. */
    record Release() implements Action {}
  }

  private enum Phase {
    /** Nothing was opened. */
    IDLE,
    /** A stream is open. */
    OPEN,
    /** The listener hears the outcome. */
    TELLING,
    /** The next stream waits for its time. */
    WAITING,
    /** The outcome is told; the stream is still to end. */
    LINGERING,
    /** Ended from outside; the stream is still to end. */
    LEFT,
    /** Nothing is under way. */
    OVER
  }

  private final String taskId;
  private final Duration followFor;
  private final String place;
  private final EventOrder order;
  private final Backoff backoff;
  private final List<Action> actions = new ArrayList<>();
  private Phase phase = Phase.IDLE;
  private int stream;
  private String cursor;
  private @Nullable String nextCursor;
  private @Nullable Task outcome;
  private @Nullable MeshException untold;
  private boolean broken;
  private long brokenNanos;

  /**
   * A watch that has not begun.
   *
   * @param cursor where to begin; empty: with all that the gateway keeps
   * @param retry the bounds of the waits; its attempts and times do not apply
   * @param followFor how long the gateway may stay away
   * @param place where the gateway is, for the texts of failures
   * @param random where the waits are drawn from
   */
  public WatchCore(
      String taskId,
      String cursor,
      CallRetry retry,
      Duration followFor,
      String place,
      RandomGenerator random) {
    this.taskId = taskId;
    this.cursor = cursor;
    this.followFor = followFor;
    this.place = place;
    this.order = new EventOrder(cursor);
    this.backoff = Backoff.fullJitter(retry.initialBackoff(), retry.maxBackoff(), random);
  }

  /** Takes one event; the actions are to be done in their order. */
  public List<Action> step(Event event, long nowNanos) {
    take(event, nowNanos);
    List<Action> taken = List.copyOf(actions);
    actions.clear();
    return taken;
  }

  /** Where the watch has got to; empty before the first event. */
  public String cursor() {
    return cursor;
  }

  /** Whether the listener is to hear nothing more but, perhaps, that the watch broke. */
  public boolean isOver() {
    return phase == Phase.OVER || phase == Phase.LEFT;
  }

  /** Whether it waits. */
  boolean isWaiting() {
    return phase == Phase.WAITING || phase == Phase.LINGERING;
  }

  private void take(Event event, long now) {
    if (event instanceof Event.Received received) {
      received(received.stream(), received.event());
    } else if (event instanceof Event.Delivered delivered) {
      delivered(delivered.stream());
    } else if (event instanceof Event.Ended ended) {
      ended(ended, now);
    } else if (event instanceof Event.Left left) {
      left(left.why());
    } else if (event instanceof Event.WaitOver) {
      waitOver();
    } else if (event instanceof Event.NotOpened unopened) {
      notOpened(unopened);
    } else if (event instanceof Event.Started && phase == Phase.IDLE) {
      open();
    }
  }

  private void open() {
    phase = Phase.OPEN;
    stream++;
    actions.add(
        new Action.Open(
            stream,
            WatchTaskRequest.newBuilder()
                .setId(taskId)
                .setCursor(cursor)
                .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
                .build()));
  }

  private void received(int from, TaskEvent event) {
    if (phase != Phase.OPEN || from != stream) {
      return;
    }
    broken = false;
    if (order.pass(event, passed -> actions.add(new Action.Deliver(passed)))) {
      backoff.reset();
    }
    nextCursor = event.getCursor().isEmpty() ? null : event.getCursor();
    if (event.hasFinished()) {
      outcome = event.getFinished();
      phase = Phase.TELLING;
    }
  }

  private void delivered(int from) {
    if (from != stream) {
      return;
    }
    if (nextCursor != null) {
      cursor = nextCursor;
      nextCursor = null;
    }
    if (phase == Phase.OPEN) {
      actions.add(new Action.Ask(from));
    } else if (phase == Phase.TELLING && outcome != null) {
      phase = Phase.LINGERING;
      actions.add(new Action.Wait(LINGER));
      actions.add(new Action.Finish(outcome));
      actions.add(new Action.Ask(from));
      outcome = null;
    }
  }

  private void ended(Event.Ended end, long now) {
    if (end.stream() != stream) {
      return;
    }
    switch (phase) {
      case OPEN -> broke(end, now);
      case TELLING -> {
        // Its owner broke its word: a message was still with the listener. The outcome counts.
        delivered(end.stream());
        over();
      }
      case LINGERING -> over();
      case LEFT -> {
        phase = Phase.OVER;
        tellUntold();
      }
      case IDLE, WAITING, OVER -> {}
    }
  }

  private void over() {
    phase = Phase.OVER;
    actions.add(new Action.StopWaiting());
    actions.add(new Action.Release());
  }

  private void broke(Event.Ended end, long now) {
    Status status =
        end.status().isOk()
            ? Status.UNAVAILABLE.withDescription("the stream ended before the task did")
            : end.status();
    MeshException failure = Failures.of(METHOD, status, end.trailers());
    if (!broken) {
      broken = true;
      brokenNanos = now;
    }
    Duration away = Duration.ofNanos(now - brokenNanos);
    if (!mayResume(status, failure)) {
      giveUp(failure);
    } else if (away.compareTo(followFor) >= 0) {
      giveUp(Failures.retold(METHOD, failure, failure.getMessage() + awayFor(away)));
    } else {
      phase = Phase.WAITING;
      actions.add(new Action.Wait(backoff.next().plus(failure.retryAfter().orElse(Duration.ZERO))));
    }
  }

  /** Whether the same stream, opened again, may fare better. */
  private static boolean mayResume(Status status, MeshException failure) {
    return switch (failure.code()) {
      case UNAVAILABLE, ABORTED, INTERNAL, UNKNOWN, DEADLINE_EXCEEDED -> true;
      case CANCELLED -> status.getCause() == null; // by a proxy; with a cause it came from here
      case RESOURCE_EXHAUSTED -> failure.retryAfter().isPresent();
      default -> false;
    };
  }

  private void giveUp(MeshException why) {
    phase = Phase.OVER;
    actions.add(new Action.Release());
    actions.add(new Action.Break(why));
    actions.add(new Action.Abandon(why));
  }

  private void notOpened(Event.NotOpened unopened) {
    if (unopened.stream() != stream || (phase != Phase.OPEN && phase != Phase.LEFT)) {
      return;
    }
    if (phase == Phase.LEFT) {
      phase = Phase.OVER;
      tellUntold();
      return;
    }
    phase = Phase.OVER;
    untold = Failures.of(METHOD, unopened.status(), null);
    actions.add(new Action.Release());
    actions.add(new Action.Abandon(untold));
    tellUntold();
  }

  private void waitOver() {
    if (phase == Phase.WAITING) {
      open();
    } else if (phase == Phase.LINGERING) {
      actions.add(new Action.Cancel(stream));
    }
  }

  private void left(@Nullable MeshException why) {
    switch (phase) {
      case IDLE, WAITING -> {
        phase = Phase.OVER;
        untold = why;
        actions.add(new Action.StopWaiting());
        actions.add(new Action.Release());
        actions.add(new Action.Abandon(why));
        tellUntold();
      }
      case OPEN, TELLING -> {
        // Whoever has heard the outcome, or hears it right now, hears nothing after it.
        untold = phase == Phase.OPEN ? why : null;
        phase = Phase.LEFT;
        actions.add(new Action.Release());
        actions.add(new Action.Abandon(why));
        actions.add(new Action.Cancel(stream));
      }
      case LINGERING, LEFT -> {
        if (why != null) {
          actions.add(new Action.Cancel(stream));
        }
      }
      case OVER -> {}
    }
  }

  private void tellUntold() {
    if (untold != null) {
      actions.add(new Action.Break(untold));
      untold = null;
    }
  }

  private String awayFor(Duration away) {
    return " (task " + taskId + ", gateway " + place + ", away for " + away.toSeconds() + " s)";
  }
}
