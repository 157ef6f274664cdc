package io.reefmesh.client;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.reefmesh.client.RetryCore.AfterTimeout;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** What all calls of one client share. Thread-safe. */
final class GatewayCalls {

  /** However many calls wait for a gateway, it is not dialled more often than this. */
  private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final GatewayChannels channels;
  private final CallSettings settings;
  private final Timers timers;
  private final OpenOperations open = new OpenOperations();
  private final Random random = new Random();
  private final AtomicLong reconnectedNanos;

  GatewayCalls(GatewayChannels channels, CallSettings settings, Timers timers) {
    this.channels = channels;
    this.settings = settings;
    this.timers = timers;
    this.reconnectedNanos = new AtomicLong(timers.nanoTime() - RECONNECT_NANOS);
  }

  /**
   * Makes a unary call, repeating it as the settings say. The future is the caller's own:
   * cancelling it ends the call.
   */
  <Q, A, R> CompletableFuture<R> unary(
      MethodDescriptor<Q, A> method, Q request, AfterTimeout afterTimeout, Function<A, R> reader) {
    return new RepeatedCall<>(this, method, request, afterTimeout, reader).start();
  }

  <Q, A> ClientCall<Q, A> newUnaryCall(MethodDescriptor<Q, A> method, Duration timeout) {
    CallOptions options =
        CallOptions.DEFAULT
            .withExecutor(settings.callbacks())
            .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
    return channels.unary().newCall(method, options);
  }

  /** A stream without a deadline. */
  <Q, A> ClientCall<Q, A> newWatchCall(MethodDescriptor<Q, A> method) {
    return channels
        .watches()
        .newCall(method, CallOptions.DEFAULT.withExecutor(settings.callbacks()));
  }

  /** Runs the attempt after the wait, on a connection that is dialled anew if it is down. */
  Timers.Timer retryAfter(Duration wait, Runnable attempt) {
    return timers.schedule(
        wait,
        () -> {
          reconnect();
          attempt.run();
        });
  }

  Timers.Timer schedule(Duration delay, Runnable action) {
    return timers.schedule(delay, action);
  }

  /** Where all waits are drawn from. */
  RandomGenerator random() {
    return random;
  }

  Backoff newBackoff() {
    return Backoff.fullJitter(
        settings.retry().initialBackoff(), settings.retry().maxBackoff(), random);
  }

  long nanoTime() {
    return timers.nanoTime();
  }

  OpenOperations open() {
    return open;
  }

  /** Whether as much is under way as the settings allow. */
  boolean full() {
    return open.size() >= settings.maxOpenTasks();
  }

  CallSettings settings() {
    return settings;
  }

  String place() {
    return channels.place();
  }

  /** Ends everything under way and lets go of timers and channels. Repeating it does nothing. */
  void close() {
    open.abortAll(Failures.closed());
    timers.close();
    channels.close();
  }

  private void reconnect() {
    long now = timers.nanoTime();
    long last = reconnectedNanos.get();
    if (now - last >= RECONNECT_NANOS && reconnectedNanos.compareAndSet(last, now)) {
      channels.reconnect();
    }
  }
}
