package io.reefmesh.client;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One unary call, repeated until it is answered, refused for good, or out of time. Attempts follow
 * one another; between them there is only a timer.
 */
final class RepeatedCall<Q, A, R> implements OpenOperations.Operation {

  /** What follows an attempt that was not answered in time. */
  enum AfterTimeout {
    /** Another attempt: the answer matters more than the time. */
    REPEAT,
    /** The end: the caller asked for an answer within that time. */
    FAIL
  }

  private final GatewayCalls calls;
  private final MethodDescriptor<Q, A> method;
  private final Q request;
  private final AfterTimeout afterTimeout;
  private final Context origin = Context.current().fork();
  private final Function<A, R> reader;
  private final CompletableFuture<R> answer = new CompletableFuture<>();
  private final Backoff backoff;
  private final long startNanos;

  // Owned by the attempt under way, then by the timer before the next one.
  private int attempts;

  // Guarded by this.
  private boolean over;
  private @Nullable CancellableContext attempt;
  private Timers.@Nullable Timer timer;

  RepeatedCall(
      GatewayCalls calls,
      MethodDescriptor<Q, A> method,
      Q request,
      AfterTimeout afterTimeout,
      Function<A, R> reader) {
    this.calls = calls;
    this.method = method;
    this.request = request;
    this.afterTimeout = afterTimeout;
    this.reader = reader;
    this.backoff = calls.newBackoff();
    this.startNanos = calls.nanoTime();
  }

  /** Makes the first attempt. Called once. Cancelling the future ends the call. */
  CompletableFuture<R> start() {
    if (!calls.open().add(this)) {
      answer.completeExceptionally(Failures.closed());
      return answer;
    }
    Futures.whenDone(
        answer,
        value -> {},
        failure -> {
          if (answer.isCancelled()) {
            stop(null);
          }
        });
    attempt();
    return answer;
  }

  @Override
  public void abort(MeshException cause) {
    stop(cause);
    answer.completeExceptionally(cause);
  }

  private void stop(@Nullable MeshException cause) {
    CancellableContext running = finish();
    if (running != null) {
      running.cancel(cause);
    }
  }

  private void attempt() {
    CancellableContext context = origin.withCancellation();
    synchronized (this) {
      if (over) {
        return;
      }
      attempt = context;
    }
    attempts++;
    context.run(() -> send(context));
  }

  private void send(CancellableContext context) {
    try {
      ClientCall<Q, A> call = calls.newUnaryCall(method, left());
      call.start(new Answer(context), new Metadata());
      call.request(2); // one answer, and the second that would break the protocol
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException e) {
      fail(Failures.of(method, Status.fromThrowable(e), null));
      context.cancel(e);
    }
  }

  /** A success, or the last failure. */
  private void succeed(A value) {
    finish();
    answer.complete(reader.apply(value));
  }

  private void fail(MeshException failure) {
    finish();
    answer.completeExceptionally(failure);
  }

  /** Marks the end; gives back the attempt that is still running, if one is. */
  private @Nullable CancellableContext finish() {
    CancellableContext running;
    synchronized (this) {
      over = true;
      running = attempt;
      attempt = null;
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
    calls.open().remove(this);
    return running;
  }

  private void failed(Status status, Metadata trailers) {
    MeshException failure = Failures.of(method, status, trailers);
    if (!mayRepeat(failure)) {
      fail(failure);
      return;
    }
    Duration wait = backoff.next().plus(failure.retryAfter().orElse(Duration.ZERO));
    if (attempts >= calls.settings().retry().maxAttempts() || wait.compareTo(left()) >= 0) {
      fail(Failures.retold(method, failure, failure.getMessage() + triedFor()));
      return;
    }
    synchronized (this) {
      if (!over) {
        timer = calls.retryAfter(wait, this::attempt);
      }
    }
  }

  private boolean mayRepeat(MeshException failure) {
    return switch (failure.code()) {
      case UNAVAILABLE -> true;
      case DEADLINE_EXCEEDED -> afterTimeout == AfterTimeout.REPEAT;
      case RESOURCE_EXHAUSTED -> failure.retryAfter().isPresent();
      default -> false;
    };
  }

  private String triedFor() {
    Duration spent = Duration.ofNanos(calls.nanoTime() - startNanos);
    return " (gateway "
        + calls.place()
        + ", "
        + attempts
        + (attempts == 1 ? " attempt in " : " attempts in ")
        + spent.toMillis()
        + " ms)";
  }

  /** Time until this call gives up; zero or less when that has passed. */
  private Duration left() {
    return calls.settings().retry().giveUpAfter().minusNanos(calls.nanoTime() - startNanos);
  }

  /** What one attempt hears. */
  private final class Answer extends ClientCall.Listener<A> {
    private final CancellableContext context;
    private @Nullable A value;

    Answer(CancellableContext context) {
      this.context = context;
    }

    @Override
    public void onMessage(A message) {
      value = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      context.cancel(null);
      synchronized (RepeatedCall.this) {
        if (over) {
          return;
        }
        attempt = null;
      }
      if (status.isOk() && value != null) {
        succeed(value);
      } else if (status.isOk()) {
        fail(Failures.protocol(method.getBareMethodName() + ": the gateway gave no answer"));
      } else {
        failed(status, trailers);
      }
    }
  }
}
