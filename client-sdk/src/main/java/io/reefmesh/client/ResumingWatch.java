package io.reefmesh.client;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A watch that outlives its streams. At any time there is one stream, or a timer before the next
 * one, or the watch is over; so callbacks never overlap. A stream that breaks is followed by
 * another from the last cursor, after a back-off that begins anew when there was news.
 *
 * <p>One message at a time is asked for, the next one when the listener has returned.
 */
final class ResumingWatch implements TaskWatch, OpenOperations.Operation {

  /** After the outcome the gateway closes the stream; one that does not is cancelled. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  private static final MethodDescriptor<WatchTaskRequest, WatchTaskResponse> METHOD =
      TaskServiceGrpc.getWatchTaskMethod();

  private final GatewayCalls calls;
  private final String taskId;
  private final TaskListener listener;
  private final Context origin = Context.current().fork();
  private final CompletableFuture<Task> finished = new CompletableFuture<>();
  private volatile String cursor;

  // Owned by the stream under way, then by the timer before the next one.
  private final EventOrder order;
  private final Backoff backoff;
  private boolean broken;
  private long brokenNanos;

  // Guarded by this.
  private boolean over;
  private @Nullable CancellableContext stream;
  private Timers.@Nullable Timer timer;
  private @Nullable MeshException untold;

  ResumingWatch(GatewayCalls calls, String taskId, String cursor, TaskListener listener) {
    this.calls = calls;
    this.taskId = taskId;
    this.cursor = cursor;
    this.listener = new GuardedListener(taskId, listener);
    this.order = new EventOrder(cursor);
    this.backoff = calls.newBackoff();
  }

  /** Opens the first stream. Called once. */
  ResumingWatch start() {
    if (!calls.open().add(this)) {
      end(Failures.closed());
    } else if (!open()) {
      calls.open().remove(this); // closed before it began
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
    end(null);
  }

  @Override
  public void abort(MeshException cause) {
    end(cause);
    CancellableContext lingering;
    synchronized (this) {
      lingering = stream;
    }
    if (lingering != null) {
      lingering.cancel(null);
    }
  }

  /** Opens a stream, unless the watch is over. */
  private boolean open() {
    CancellableContext context = origin.withCancellation();
    synchronized (this) {
      timer = null;
      if (over) {
        return false;
      }
      stream = context;
    }
    context.run(() -> send(context));
    return true;
  }

  private void send(CancellableContext context) {
    try {
      ClientCall<WatchTaskRequest, WatchTaskResponse> call = calls.newWatchCall(METHOD);
      call.start(new Stream(call, context), new Metadata());
      call.request(1);
      call.sendMessage(
          WatchTaskRequest.newBuilder()
              .setId(taskId)
              .setCursor(cursor)
              .setPayloadForm(PayloadForm.PAYLOAD_FORM_DATA)
              .build());
      call.halfClose();
    } catch (RuntimeException e) {
      synchronized (this) {
        stream = null;
      }
      end(Failures.of(METHOD, Status.fromThrowable(e), null));
      context.cancel(e);
    }
  }

  /**
   * Ends the watch from outside its stream. The listener hears of it, if at all, after the callback
   * that may be under way.
   *
   * @param why what the listener is told; nothing when its owner closed it
   */
  private void end(@Nullable MeshException why) {
    CancellableContext running;
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      untold = why;
      running = stream;
      stopTimer();
    }
    calls.open().remove(this);
    if (why == null) {
      finished.cancel(false);
    } else {
      finished.completeExceptionally(why);
    }
    if (running != null) {
      running.cancel(null); // the stream's close tells the listener
    } else {
      tellOnCallbacks();
    }
  }

  private void tellOnCallbacks() {
    try {
      calls.settings().callbacks().execute(this::tell);
    } catch (RejectedExecutionException e) {
      tell(); // their executor is gone: here is better than never
    }
  }

  private void tell() {
    MeshException why;
    synchronized (this) {
      why = untold;
      untold = null;
    }
    if (why != null) {
      listener.onBroken(why);
    }
  }

  /** Marks the end from inside the stream; false if it was over already. */
  private synchronized boolean finish() {
    if (over) {
      return false;
    }
    over = true;
    return true;
  }

  private void outcome(Task task, CancellableContext context) {
    if (!finish()) {
      return;
    }
    synchronized (this) {
      timer = calls.schedule(LINGER, () -> context.cancel(null));
    }
    finished.complete(task);
  }

  private void giveUp(MeshException why) {
    if (!finish()) {
      return;
    }
    calls.open().remove(this);
    listener.onBroken(why);
    finished.completeExceptionally(why);
  }

  private void broke(Status status, Metadata trailers) {
    MeshException failure = Failures.of(METHOD, status, trailers);
    long now = calls.nanoTime();
    if (!broken) {
      broken = true;
      brokenNanos = now;
    }
    Duration away = Duration.ofNanos(now - brokenNanos);
    if (!mayResume(status, failure)) {
      giveUp(failure);
    } else if (away.compareTo(calls.settings().followFor()) >= 0) {
      giveUp(Failures.retold(METHOD, failure, failure.getMessage() + awayFor(away)));
    } else {
      Duration wait = backoff.next().plus(failure.retryAfter().orElse(Duration.ZERO));
      synchronized (this) {
        if (!over) {
          timer = calls.retryAfter(wait, this::open);
        }
      }
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

  private String awayFor(Duration away) {
    return " (task "
        + taskId
        + ", gateway "
        + calls.place()
        + ", away for "
        + away.toSeconds()
        + " s)";
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** What one stream hears. */
  private final class Stream extends ClientCall.Listener<WatchTaskResponse> {
    private final ClientCall<WatchTaskRequest, WatchTaskResponse> call;
    private final CancellableContext context;

    Stream(ClientCall<WatchTaskRequest, WatchTaskResponse> call, CancellableContext context) {
      this.call = call;
      this.context = context;
    }

    @Override
    public void onMessage(WatchTaskResponse response) {
      synchronized (ResumingWatch.this) {
        if (over) {
          return;
        }
      }
      TaskEvent event = response.getEvent();
      broken = false;
      if (order.pass(event, listener)) {
        backoff.reset();
      }
      if (!event.getCursor().isEmpty()) {
        cursor = event.getCursor();
      }
      if (event.hasFinished()) {
        outcome(event.getFinished(), context);
      }
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      context.cancel(null);
      boolean wasOver;
      synchronized (ResumingWatch.this) {
        stream = null;
        wasOver = over;
        if (over) {
          stopTimer();
        }
      }
      if (wasOver) {
        calls.open().remove(ResumingWatch.this);
        tell();
      } else if (status.isOk()) {
        broke(Status.UNAVAILABLE.withDescription("the stream ended before the task did"), trailers);
      } else {
        broke(status, trailers);
      }
    }
  }
}
