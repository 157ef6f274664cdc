package io.reefmesh.client;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmissionRefusal;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.SubmitTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskServiceGrpc;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A stream of submissions that outlives its connections. At any time there is one call, or a timer
 * before the next one, or nothing to send yet, or it is over.
 *
 * <p>One thread at a time sends, whichever brings something; one message at a time is asked for.
 */
final class ResumingSubmissions implements OpenOperations.Operation {

  private static final MethodDescriptor<SubmitTasksRequest, SubmitTasksResponse> METHOD =
      TaskServiceGrpc.getSubmitTasksMethod();

  /** Request ids are known for 24 h: within half of that, sending one again is safe. */
  private static final Duration SENT_AGAIN_WITHIN = Duration.ofHours(12);

  private static final TaskListener NOBODY = new TaskListener() {};

  private final GatewayCalls calls;
  private final TaskCalls tasks;
  private final SubmissionWindow window;
  private final Runnable roomMade;
  private final Context origin = Context.current().fork();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final AtomicInteger senders = new AtomicInteger();

  // Owned by the call under way, then by the timer before the next one.
  private final Backoff backoff;
  private boolean broken;
  private long brokenNanos;

  // Guarded by this.
  private boolean begun;
  private boolean finishing;
  private @Nullable MeshException over;
  private @Nullable Call call;
  private Timers.@Nullable Timer redial;
  private Timers.@Nullable Timer rest;

  ResumingSubmissions(
      GatewayCalls calls, TaskCalls tasks, SubmissionWindow window, Runnable roomMade) {
    this.calls = calls;
    this.tasks = tasks;
    this.window = window;
    this.roomMade = roomMade;
    this.backoff = calls.newBackoff();
  }

  /** Done when it is over: normally after {@link #finish}. Not to be given away. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** Takes a submission in; false: there is no room. */
  boolean offer(StreamedTask task) {
    boolean first;
    synchronized (this) {
      if (over != null) {
        throw over;
      }
      if (finishing) {
        throw new IllegalStateException("the task stream is being finished: it takes nothing more");
      }
      if (!window.add(task)) {
        return false;
      }
      first = !begun;
      begun = true;
    }
    if (!first) {
      send();
    } else if (calls.open().add(this)) {
      connect();
    } else {
      abort(Failures.closed());
    }
    return true;
  }

  void finish() {
    boolean idle;
    synchronized (this) {
      finishing = true;
      idle = !begun;
    }
    if (idle) {
      end(null);
    } else {
      send();
    }
  }

  @Override
  public void abort(MeshException cause) {
    end(cause);
  }

  private void connect() {
    Call next = new Call();
    synchronized (this) {
      redial = null;
      if (over != null || ended.isDone()) {
        return;
      }
      call = next;
    }
    origin.run(next::open);
  }

  /** Sends what there is, as far as the connection takes it. */
  private void send() {
    if (senders.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      Call present;
      boolean last;
      synchronized (this) {
        present = call;
        last = finishing;
      }
      if (present != null) {
        present.send(last);
      }
      seen = senders.addAndGet(-seen);
    }
  }

  private void receipt(SubmissionReceipt receipt) {
    StreamedTask task = window.receipted(receipt);
    if (task == null) {
      return;
    }
    if (receipt.hasRefusal()) {
      refused(task, receipt.getRefusal());
    } else {
      task.accepted(
          new SubmitReceipt(
              receipt.getRequestId(), receipt.getTaskId(), receipt.getRepeatedSubmission()));
    }
  }

  private void refused(StreamedTask task, SubmissionRefusal refusal) {
    MeshException failure = Failures.refusal(METHOD, refusal);
    Duration spent = Duration.ofNanos(calls.nanoTime() - task.submittedNanos);
    boolean forNow =
        failure.code() == Status.Code.UNAVAILABLE
            || (failure.code() == Status.Code.RESOURCE_EXHAUSTED
                && failure.retryAfter().isPresent());
    boolean inTime =
        task.taskId != null || spent.compareTo(calls.settings().retry().giveUpAfter()) < 0;
    if (forNow && inTime) {
      window.rest(task);
      restFor(failure.retryAfter().orElse(Duration.ZERO));
    } else {
      window.remove(task);
      task.failed(failure);
    }
  }

  /** One timer for all that rest: those refused meanwhile go with it. */
  private synchronized void restFor(Duration advice) {
    if (rest == null && over == null) {
      Duration jitter = calls.newBackoff().next();
      rest = calls.schedule(advice.plus(jitter), this::rested);
    }
  }

  private void rested() {
    synchronized (this) {
      rest = null;
    }
    window.rested();
    send();
  }

  private void broke(Status status, Metadata trailers) {
    MeshException failure = Failures.of(METHOD, status, trailers);
    long now = calls.nanoTime();
    if (!broken) {
      broken = true;
      brokenNanos = now;
    }
    Duration away = Duration.ofNanos(now - brokenNanos);
    if (!mayResume(failure)) {
      end(failure);
    } else if (away.compareTo(longestAway()) >= 0) {
      String text = failure.getMessage() + " (" + calls.place() + ", away for ";
      end(Failures.retold(METHOD, failure, text + away.toSeconds() + " s)"));
    } else {
      followInAnotherWay(now);
      Duration wait = backoff.next().plus(failure.retryAfter().orElse(Duration.ZERO));
      synchronized (this) {
        if (over == null) {
          redial = calls.retryAfter(wait, this::connect);
        }
      }
    }
  }

  private Duration longestAway() {
    Duration asked = calls.settings().followFor();
    return asked.compareTo(SENT_AGAIN_WITHIN) < 0 ? asked : SENT_AGAIN_WITHIN;
  }

  private void followInAnotherWay(long nowNanos) {
    for (StreamedTask old : window.lostConnection(nowNanos - SENT_AGAIN_WITHIN.toNanos())) {
      String id = old.taskId;
      if (id != null) {
        ResumingWatch watch = tasks.watch(id, "", NOBODY);
        Futures.whenDone(
            watch.ending(),
            task -> {
              window.forgotten(id);
              old.ended(task);
              roomMade.run();
              send();
            },
            failure -> {
              window.forgotten(id);
              old.failed(failure);
              roomMade.run();
              send();
            });
        watch.start();
      }
    }
  }

  /** Whether the same stream, opened again, may fare better. */
  private static boolean mayResume(MeshException failure) {
    return switch (failure.code()) {
      case UNAVAILABLE, ABORTED, INTERNAL, UNKNOWN, DEADLINE_EXCEEDED, CANCELLED -> true;
      case RESOURCE_EXHAUSTED -> failure.retryAfter().isPresent();
      default -> false;
    };
  }

  /** Ends it; null: in good order. */
  private void end(@Nullable MeshException why) {
    Call running;
    synchronized (this) {
      if (over != null || ended.isDone()) {
        return;
      }
      over = why;
      running = call;
      call = null;
      cancel(redial);
      cancel(rest);
    }
    calls.open().remove(this);
    if (why == null) {
      ended.complete(null);
    } else {
      ended.completeExceptionally(why);
      window.clear().forEach(task -> task.failed(why));
      if (running != null) {
        running.cancel();
      }
    }
    roomMade.run();
  }

  private static void cancel(Timers.@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
  }

  private synchronized boolean isPresent(Call one) {
    return call == one;
  }

  /** One connection's call. */
  private final class Call extends ClientCall.Listener<SubmitTasksResponse> {

    private volatile @Nullable ClientCall<SubmitTasksRequest, SubmitTasksResponse> grpc;

    // Owned by whoever sends.
    private boolean first = true;
    private boolean halfClosed;

    void open() {
      try {
        ClientCall<SubmitTasksRequest, SubmitTasksResponse> opened = calls.newWatchCall(METHOD);
        opened.start(this, new Metadata());
        opened.request(1);
        grpc = opened;
      } catch (RuntimeException e) {
        onClose(Status.fromThrowable(e), new Metadata());
        return;
      }
      ResumingSubmissions.this.send();
    }

    void send(boolean finishing) {
      ClientCall<SubmitTasksRequest, SubmitTasksResponse> opened = grpc;
      if (opened == null || halfClosed) {
        return;
      }
      try {
        SubmitTasksRequest message;
        while (opened.isReady() && (message = window.nextMessage(first)) != null) {
          first = false;
          opened.sendMessage(message);
        }
        if (finishing && window.isReceipted()) {
          halfClosed = true;
          opened.halfClose();
        }
      } catch (IllegalStateException e) {
        // It was cancelled at this moment: its close tells what follows.
        halfClosed = true;
      }
    }

    void cancel() {
      ClientCall<SubmitTasksRequest, SubmitTasksResponse> opened = grpc;
      if (opened != null) {
        opened.cancel("the task stream was closed", null);
      }
    }

    @Override
    public void onReady() {
      ResumingSubmissions.this.send();
    }

    @Override
    public void onMessage(SubmitTasksResponse message) {
      if (!isPresent(this)) {
        return;
      }
      broken = false;
      backoff.reset();
      message.getReceiptsList().forEach(ResumingSubmissions.this::receipt);
      for (Task outcome : message.getOutcomesList()) {
        StreamedTask task = window.ended(outcome);
        if (task != null) {
          task.ended(outcome);
        }
      }
      for (String id : message.getForgottenTaskIdsList()) {
        StreamedTask task = window.forgotten(id);
        if (task != null) {
          task.failed(Failures.forgotten(id));
        }
      }
      roomMade.run();
      ResumingSubmissions.this.send();
      ClientCall<SubmitTasksRequest, SubmitTasksResponse> opened = grpc;
      if (opened != null) {
        opened.request(1);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      boolean last;
      synchronized (ResumingSubmissions.this) {
        if (call != this) {
          return;
        }
        call = null;
        last = finishing;
      }
      if (last && window.isEmpty()) {
        end(null); // nothing is owed: however it closed
      } else if (status.isOk()) {
        broke(Status.UNAVAILABLE.withDescription("the gateway ended the stream"), trailers);
      } else {
        broke(status, trailers);
      }
    }
  }
}
