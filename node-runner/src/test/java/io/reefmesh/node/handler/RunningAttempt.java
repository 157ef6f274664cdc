package io.reefmesh.node.handler;

import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A handler at work on a thread of its own, as in a node. */
final class RunningAttempt {

  private static final Duration BOUND = Duration.ofSeconds(30);

  private final CompletableFuture<TaskOutput> output = new CompletableFuture<>();
  private final Thread thread;

  private RunningAttempt(TaskHandler handler, RecordingContext context) {
    thread =
        new Thread(
            () -> {
              try {
                output.complete(handler.handle(context));
              } catch (Exception | Error e) {
                output.completeExceptionally(e);
              }
            },
            "attempt");
    thread.setDaemon(true);
    thread.start();
  }

  static RunningAttempt begin(TaskHandler handler, RecordingContext context) {
    return new RunningAttempt(handler, context);
  }

  void interrupt() {
    thread.interrupt();
  }

  boolean isDone() {
    return output.isDone();
  }

  /** Its result; fails if it threw. */
  TaskOutput result() throws InterruptedException, TimeoutException, ExecutionException {
    return output.get(BOUND.toSeconds(), TimeUnit.SECONDS);
  }

  /** What it threw; fails if it gave a result. */
  Throwable failure() throws InterruptedException, TimeoutException {
    try {
      throw new AssertionError("it succeeded with " + result());
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      return cause == null ? e : cause;
    }
  }
}
