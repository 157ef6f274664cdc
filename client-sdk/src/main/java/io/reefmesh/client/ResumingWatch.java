package io.reefmesh.client;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Metadata;
import io.grpc.Status;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.WatchTaskRequest;
import io.reefmesh.v1.WatchTaskResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The shell around {@link WatchCore}: a watch over gRPC streams. There is one stream at a time, and
 * its callbacks are the only ones that call the listener while it is open; so calls of the listener
 * never overlap.
 */
final class ResumingWatch implements TaskWatch, OpenOperations.Operation {

  private final GatewayCalls calls;
  private final String taskId;
  private final GuardedListener listener;
  private final Context origin = Context.current().fork();
  private final CompletableFuture<Task> finished = new CompletableFuture<>();
  private volatile String cursor;

  // Guarded by this.
  private final WatchCore core;
  private @Nullable Stream stream;
  private Timers.@Nullable Timer timer;

  ResumingWatch(GatewayCalls calls, String taskId, String cursor, TaskListener listener) {
    this.calls = calls;
    this.taskId = taskId;
    this.cursor = cursor;
    this.listener = new GuardedListener(taskId, listener);
    this.core =
        new WatchCore(
            taskId,
            cursor,
            calls.settings().retry(),
            calls.settings().followFor(),
            calls.place(),
            calls.random());
  }

  /** Opens the first stream. Called once. */
  ResumingWatch start() {
    if (calls.open().add(this)) {
      turn(new WatchCore.Event.Started());
    } else {
      turn(new WatchCore.Event.Left(Failures.closed()));
    }
    return this;
  }

  @Override
  public String taskId() {
    return taskId;
  }

  @Override
  public String cursor() {
    return cursor;
  }

  @Override
  public CompletableFuture<Task> finished() {
    return Futures.copyOf(finished);
  }

  /** As {@link #finished}, not to be given away. */
  CompletableFuture<Task> ending() {
    return finished;
  }

  @Override
  public void close() {
    turn(new WatchCore.Event.Left(null));
  }

  @Override
  public void abort(MeshException cause) {
    turn(new WatchCore.Event.Left(cause));
  }

  private void turn(WatchCore.Event event) {
    for (WatchCore.Action action : step(event)) {
      if (action instanceof WatchCore.Action.Break told) {
        onCallbacks(() -> listener.onBroken(told.why()));
      } else {
        perform(action);
      }
    }
  }

  private synchronized List<WatchCore.Action> step(WatchCore.Event event) {
    List<WatchCore.Action> actions = core.step(event, calls.nanoTime());
    cursor = core.cursor();
    return actions;
  }

  private void perform(WatchCore.Action action) {
    if (action instanceof WatchCore.Action.Open open) {
      open(open.stream(), open.request());
    } else if (action instanceof WatchCore.Action.Wait wait) {
      await(wait.duration());
    } else if (action instanceof WatchCore.Action.StopWaiting) {
      stopWaiting();
    } else if (action instanceof WatchCore.Action.Cancel cancel) {
      cancel(cancel.stream());
    } else if (action instanceof WatchCore.Action.Release) {
      calls.open().remove(this);
    } else if (action instanceof WatchCore.Action.Finish finish) {
      finished.complete(finish.task());
    } else if (action instanceof WatchCore.Action.Abandon abandon) {
      abandon(abandon.why());
    }
  }

  private void abandon(@Nullable MeshException why) {
    if (why == null) {
      finished.cancel(false);
    } else {
      finished.completeExceptionally(why);
    }
  }

  /** Calls the listener from outside a stream. */
  private void onCallbacks(Runnable call) {
    try {
      calls.settings().callbacks().execute(call);
    } catch (RejectedExecutionException e) {
      call.run(); // their executor is gone: here is better than never
    }
  }

  /** Opens a stream, unless the watch was ended meanwhile. */
  private void open(int number, WatchTaskRequest request) {
    Stream opening = new Stream(number, origin.withCancellation());
    boolean isWanted;
    synchronized (this) {
      timer = null;
      isWanted = !core.isOver();
      stream = isWanted ? opening : null;
    }
    if (isWanted) {
      opening.context.run(() -> send(opening, request));
    } else {
      turn(new WatchCore.Event.NotOpened(number, Status.CANCELLED));
    }
  }

  private void send(Stream opening, WatchTaskRequest request) {
    try {
      ClientCall<WatchTaskRequest, WatchTaskResponse> call = calls.newWatchCall(WatchCore.METHOD);
      opening.start(call);
      call.request(1);
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException e) {
      turn(new WatchCore.Event.NotOpened(opening.number, Status.fromThrowable(e)));
      opening.context.cancel(e);
    }
  }

  private void await(Duration wait) {
    synchronized (this) {
      if (core.isWaiting()) {
        Runnable over = () -> turn(new WatchCore.Event.WaitOver());
        // Only a wait without a stream is one for a gateway that may have come back.
        timer = stream == null ? calls.retryAfter(wait, over) : calls.schedule(wait, over);
      }
    }
  }

  private synchronized void stopWaiting() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void cancel(int number) {
    Stream running;
    synchronized (this) {
      running = stream;
    }
    if (running != null && running.number == number) {
      running.context.cancel(null);
    }
  }

  /** What one stream hears. */
  private final class Stream extends ClientCall.Listener<WatchTaskResponse> {
    private final int number;
    private final CancellableContext context;
    private @Nullable ClientCall<WatchTaskRequest, WatchTaskResponse> call;

    Stream(int number, CancellableContext context) {
      this.number = number;
      this.context = context;
    }

    void start(ClientCall<WatchTaskRequest, WatchTaskResponse> newCall) {
      call = newCall;
      newCall.start(this, new Metadata());
    }

    @Override
    public void onMessage(WatchTaskResponse response) {
      for (WatchCore.Action action :
          step(new WatchCore.Event.Received(number, response.getEvent()))) {
        if (isOver()) {
          return;
        }
        if (action instanceof WatchCore.Action.Deliver deliver) {
          listener.hear(deliver.event());
        }
      }
      for (WatchCore.Action action : step(new WatchCore.Event.Delivered(number))) {
        if (action instanceof WatchCore.Action.Ask && call != null) {
          call.request(1);
        } else {
          perform(action);
        }
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      context.cancel(null);
      synchronized (ResumingWatch.this) {
        stream = null;
      }
      for (WatchCore.Action action : step(new WatchCore.Event.Ended(number, status, trailers))) {
        if (action instanceof WatchCore.Action.Break told) {
          listener.onBroken(told.why());
        } else {
          perform(action);
        }
      }
    }

    private boolean isOver() {
      synchronized (ResumingWatch.this) {
        return core.isOver();
      }
    }
  }
}
