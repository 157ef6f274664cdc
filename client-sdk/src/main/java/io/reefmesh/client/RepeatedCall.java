package io.reefmesh.client;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The shell around {@link RetryCore}: one unary call over gRPC, repeated as the core says. Attempts
 * follow one another; between them there is only a timer.
 */
final class RepeatedCall<Q, A, R> implements OpenOperations.Operation {

  private final GatewayCalls calls;
  private final MethodDescriptor<Q, A> method;
  private final Q request;
  private final Context origin = Context.current().fork();
  private final Function<A, R> reader;
  private final CompletableFuture<R> answer = new CompletableFuture<>();

  // Guarded by this.
  private final RetryCore core;
  private @Nullable CancellableContext attempt;
  private Timers.@Nullable Timer timer;

  RepeatedCall(
      GatewayCalls calls,
      MethodDescriptor<Q, A> method,
      Q request,
      RetryCore.AfterTimeout afterTimeout,
      Function<A, R> reader) {
    this.calls = calls;
    this.method = method;
    this.request = request;
    this.reader = reader;
    this.core =
        new RetryCore(
            method,
            calls.settings().retry(),
            calls.settings().callTimeout(),
            afterTimeout,
            calls.place(),
            calls.random());
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
            turn(new RetryCore.Event.Abandoned(), null);
          }
        });
    turn(new RetryCore.Event.Started(), null);
    return answer;
  }

  @Override
  public void abort(MeshException cause) {
    turn(new RetryCore.Event.Abandoned(), null);
    answer.completeExceptionally(cause);
  }

  /**
   * One step of the core, and what it asks for.
   *
   * @param value what the attempt that ended was answered, if it was
   */
  private void turn(RetryCore.Event event, @Nullable A value) {
    List<RetryCore.Action> actions;
    synchronized (this) {
      actions = core.step(event, calls.nanoTime());
    }
    for (RetryCore.Action action : actions) {
      perform(action, value);
    }
  }

  private void perform(RetryCore.Action action, @Nullable A value) {
    if (action instanceof RetryCore.Action.Send send) {
      attempt(send);
    } else if (action instanceof RetryCore.Action.Wait wait) {
      await(wait);
    } else if (action instanceof RetryCore.Action.Stop) {
      stop();
    } else if (action instanceof RetryCore.Action.Fail fail) {
      calls.open().remove(this);
      answer.completeExceptionally(fail.why());
    } else if (action instanceof RetryCore.Action.Succeed && value != null) {
      calls.open().remove(this);
      answer.complete(reader.apply(value));
    }
  }

  private void attempt(RetryCore.Action.Send send) {
    CancellableContext context = origin.withCancellation();
    synchronized (this) {
      if (core.isOver()) {
        return;
      }
      timer = null;
      attempt = context;
    }
    context.run(() -> send(send.attempt(), send.timeout(), context));
  }

  private void send(int number, Duration timeout, CancellableContext context) {
    try {
      ClientCall<Q, A> call = calls.newUnaryCall(method, timeout);
      call.start(new Answer(number, context), new Metadata());
      call.request(2); // one answer, and the second that would break the protocol
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException e) {
      turn(new RetryCore.Event.NotSent(number, Status.fromThrowable(e)), null);
      context.cancel(e);
    }
  }

  private void await(RetryCore.Action.Wait wait) {
    synchronized (this) {
      if (!core.isOver()) {
        timer =
            calls.retryAfter(
                wait.duration(), () -> turn(new RetryCore.Event.WaitOver(wait.attempt()), null));
      }
    }
  }

  private void stop() {
    CancellableContext running;
    synchronized (this) {
      running = attempt;
      attempt = null;
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
    calls.open().remove(this);
    if (running != null) {
      running.cancel(null);
    }
  }

  /** What one attempt hears. */
  private final class Answer extends ClientCall.Listener<A> {
    private final int number;
    private final CancellableContext context;
    private @Nullable A value;

    Answer(int number, CancellableContext context) {
      this.number = number;
      this.context = context;
    }

    @Override
    public void onMessage(A message) {
      value = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      context.cancel(null);
      turn(new RetryCore.Event.Ended(number, status, trailers, value != null), value);
    }
  }
}
