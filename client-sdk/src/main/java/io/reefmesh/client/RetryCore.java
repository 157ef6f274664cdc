package io.reefmesh.client;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The decisions about one unary call: when to send it, how long to wait before the next attempt,
 * and when to give up. A deterministic state machine without thread, clock or I/O: the same events
 * at the same times, with the same random source, give the same actions.
 *
 * <p>Attempts follow one another: at any time there is one attempt, or one wait, or the call is
 * over. News of an attempt that is not the present one changes nothing.
 *
 * <p>For programs that own time themselves, such as simulations; bots use {@link MeshClient}. Not
 * thread-safe: one owner.
 */
public final class RetryCore {

  /** What follows an attempt that was not answered in time. */
  public enum AfterTimeout {
    /** Another attempt: the answer matters more than the time. */
    REPEAT,
    /** The end: the caller asked for an answer within that time. */
    FAIL
  }

  /** What happens to a call. Times are of one clock that never goes back. */
  public sealed interface Event {

    /** The call begins. Once, and first. */
    record Started() implements Event {}

    /**
     * An attempt ended.
     *
     * @param attempt its number
     * @param status OK, or why there is no answer
     * @param trailers what came with the status
     * @param answered whether a message came before the end
     */
    record Ended(int attempt, Status status, @Nullable Metadata trailers, boolean answered)
        implements Event {}

    /** An attempt could not even be sent, which no repeat would mend. */
    record NotSent(int attempt, Status status) implements Event {}

    /** The wait before this attempt is over. */
    record WaitOver(int attempt) implements Event {}

    /** Nobody wants the answer any more. */
    record Abandoned() implements Event {}
  }

  /** What the call's owner has to do, in this order. */
  public sealed interface Action {

    /**
     * Send the request; the attempt ends after the timeout at the latest, with DEADLINE_EXCEEDED.
     */
    record Send(int attempt, Duration timeout) implements Action {}

    /** Wait, then say {@link Event.WaitOver} for this attempt. */
    record Wait(int attempt, Duration duration) implements Action {}

    /** End the attempt or the wait that is under way. The last action. */
    record Stop() implements Action {}

    /** Hand on the answer of the attempt that just ended. The last action. */
    record Succeed() implements Action {}

    /** Tell the caller why there is no answer. The last action. */
    record Fail(MeshException why) implements Action {}
  }

  private enum Phase {
    /** Nothing was sent. */
    IDLE,
    /** An attempt is under way. */
    SENT,
    /** The next attempt waits for its time. */
    WAITING,
    /** Answered, failed or abandoned. */
    OVER
  }

  private final MethodDescriptor<?, ?> method;
  private final CallRetry retry;
  private final Duration callTimeout;
  private final AfterTimeout afterTimeout;
  private final String place;
  private final Backoff backoff;
  private Phase phase = Phase.IDLE;
  private int attempt;
  private long startNanos;

  /**
   * A call that has not begun.
   *
   * @param method what is called; for the texts and types of failures
   * @param retry how often, and how long altogether
   * @param callTimeout the most that one attempt may take
   * @param place where the gateway is, for the texts of failures
   * @param random where the waits are drawn from
   */
  public RetryCore(
      MethodDescriptor<?, ?> method,
      CallRetry retry,
      Duration callTimeout,
      AfterTimeout afterTimeout,
      String place,
      RandomGenerator random) {
    this.method = method;
    this.retry = retry;
    this.callTimeout = callTimeout;
    this.afterTimeout = afterTimeout;
    this.place = place;
    this.backoff = Backoff.fullJitter(retry.initialBackoff(), retry.maxBackoff(), random);
  }

  /** Takes one event; the actions are to be done in their order. */
  public List<Action> step(Event event, long nowNanos) {
    if (event instanceof Event.Started) {
      return started(nowNanos);
    } else if (event instanceof Event.Ended ended) {
      return isPresent(ended.attempt()) ? ended(ended, nowNanos) : List.of();
    } else if (event instanceof Event.NotSent unsent) {
      return isPresent(unsent.attempt())
          ? over(new Action.Fail(Failures.of(method, unsent.status(), null)))
          : List.of();
    } else if (event instanceof Event.WaitOver wait) {
      return phase == Phase.WAITING && wait.attempt() == attempt + 1 ? send(nowNanos) : List.of();
    }
    return phase == Phase.OVER ? List.of() : over(new Action.Stop());
  }

  /** Whether nothing more will come of it. */
  public boolean isOver() {
    return phase == Phase.OVER;
  }

  /** How many attempts were made. */
  public int attempts() {
    return attempt;
  }

  private boolean isPresent(int number) {
    return phase == Phase.SENT && number == attempt;
  }

  private List<Action> started(long now) {
    if (phase != Phase.IDLE) {
      return List.of();
    }
    startNanos = now;
    return send(now);
  }

  private List<Action> send(long now) {
    phase = Phase.SENT;
    attempt++;
    Duration left = left(now);
    Duration most = callTimeout.compareTo(left) < 0 ? callTimeout : left;
    return List.of(new Action.Send(attempt, most.isNegative() ? Duration.ZERO : most));
  }

  private List<Action> ended(Event.Ended end, long now) {
    if (!end.status().isOk()) {
      return failed(end.status(), end.trailers(), now);
    }
    return over(
        end.answered()
            ? new Action.Succeed()
            : new Action.Fail(
                Failures.protocol(method.getBareMethodName() + ": the gateway gave no answer")));
  }

  private List<Action> failed(Status told, @Nullable Metadata trailers, long now) {
    Status status =
        Failures.isOfTransport(told, trailers)
            ? Status.UNAVAILABLE.withDescription("the gateway went away before it answered")
            : told;
    MeshException failure = Failures.of(method, status, trailers);
    if (!mayRepeat(failure)) {
      return over(new Action.Fail(failure));
    }
    Duration wait = backoff.next().plus(failure.retryAfter().orElse(Duration.ZERO));
    if (attempt >= retry.maxAttempts() || wait.compareTo(left(now)) >= 0) {
      String text = failure.getMessage() + triedFor(now);
      return over(new Action.Fail(Failures.retold(method, failure, text)));
    }
    phase = Phase.WAITING;
    return List.of(new Action.Wait(attempt + 1, wait));
  }

  private boolean mayRepeat(MeshException failure) {
    return switch (failure.code()) {
      case UNAVAILABLE -> true;
      case DEADLINE_EXCEEDED -> afterTimeout == AfterTimeout.REPEAT;
      case RESOURCE_EXHAUSTED -> failure.retryAfter().isPresent();
      default -> false;
    };
  }

  private List<Action> over(Action last) {
    phase = Phase.OVER;
    return List.of(last);
  }

  private String triedFor(long now) {
    return " (gateway "
        + place
        + ", "
        + attempt
        + (attempt == 1 ? " attempt in " : " attempts in ")
        + Duration.ofNanos(now - startNanos).toMillis()
        + " ms)";
  }

  /** Time until this call gives up; zero or less when that has passed. */
  private Duration left(long now) {
    return retry.giveUpAfter().minusNanos(now - startNanos);
  }
}
