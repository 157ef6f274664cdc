package io.reefmesh.client;

import io.reefmesh.v1.TaskSpec;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The fast path for many tasks: submissions travel in batches on one stream, receipts come back in
 * any order, and the outcomes too if asked for. Made by {@link MeshClient#openTaskStream}.
 *
 * <p>The number of submissions in flight is limited: {@link #submit} waits for room, {@link #offer}
 * says that there is none, {@link #room} tells when there is. A connection that breaks, or a
 * gateway that restarts, costs time and nothing else: what has no receipt is sent again under the
 * same request id, after a back-off with jitter, so that no task is made twice; and outcomes go on
 * coming. A submission that is refused for a while (a full queue) is sent again for as long as
 * {@link CallRetry#giveUpAfter} says, behind those that came after it. When no gateway is there for
 * the client's {@link MeshClient.Builder#followFor follow time}, the stream ends: what is in flight
 * fails, and so does every later submission.
 *
 * <p>Thread-safe. Close it, or {@link #finish} it: until then it keeps its connection.
 */
public final class TaskStream implements AutoCloseable {

  private final GatewayCalls calls;
  private final TaskStreamOptions options;
  private final SubmissionWindow window;
  private final ResumingSubmissions submissions;

  // Guarded by this.
  private @Nullable CompletableFuture<Void> room;

  TaskStream(GatewayCalls calls, TaskCalls tasks, TaskStreamOptions options) {
    this.calls = calls;
    this.options = options;
    this.window = new SubmissionWindow(options);
    this.submissions = new ResumingSubmissions(calls, tasks, window, this::roomMade);
  }

  /** Submits a new task, waiting for room. As {@link #submit(TaskSpec, SubmitOptions)}. */
  public StreamedTask submit(TaskSpec spec) throws InterruptedException {
    return submit(spec, SubmitOptions.newTask());
  }

  /**
   * Submits a task, waiting for room. Refusals of the task are told by its futures.
   *
   * @throws MeshException if the stream has ended
   * @throws IllegalArgumentException if the request id is in flight on this stream already
   * @throws IllegalStateException if it would have to wait inside a callback on a network thread,
   *     or the stream is being finished
   */
  public StreamedTask submit(TaskSpec spec, SubmitOptions submitOptions)
      throws InterruptedException {
    Optional<StreamedTask> taken = offer(spec, submitOptions);
    while (taken.isEmpty()) {
      Waiting.on(room());
      taken = offer(spec, submitOptions);
    }
    return taken.get();
  }

  /**
   * Submits a task if there is room now; never waits. Empty: there is none; {@link #room} tells
   * when there is.
   *
   * @throws MeshException if the stream has ended
   * @throws IllegalArgumentException if the request id is in flight on this stream already
   * @throws IllegalStateException if the stream is being finished
   */
  public Optional<StreamedTask> offer(TaskSpec spec, SubmitOptions submitOptions) {
    StreamedTask task = new StreamedTask(spec, submitOptions, options.outcomes(), calls.nanoTime());
    return submissions.offer(task) ? Optional.of(task) : Optional.empty();
  }

  /** Completes when there is room for another submission; fails when the stream has ended. */
  public CompletableFuture<Void> room() {
    CompletableFuture<Void> waiting;
    synchronized (this) {
      if (room == null) {
        room = new CompletableFuture<>();
      }
      waiting = room;
    }
    if (submissions.ended().isDone() || window.hasRoom()) {
      roomMade();
    }
    return Futures.copyOf(waiting);
  }

  /** How many submissions wait for their receipt, or with outcomes for their outcome. */
  public int inFlight() {
    return window.size();
  }

  /**
   * Takes nothing more. Completes when every submission in flight has got all that it waits for;
   * fails when the stream ends before that.
   */
  public CompletableFuture<Void> finish() {
    submissions.finish();
    return Futures.copyOf(submissions.ended());
  }

  /**
   * Ends the stream at once: what is in flight fails with {@link MeshClosedException}. Tasks that
   * were accepted go on; for one that had no receipt it stays unknown whether it was. Closing twice
   * does nothing more.
   */
  @Override
  public void close() {
    submissions.abort(Failures.streamClosed());
  }

  private void roomMade() {
    CompletableFuture<Void> waiting;
    synchronized (this) {
      waiting = room;
      room = null;
    }
    if (waiting == null) {
      return;
    }
    if (submissions.ended().isCompletedExceptionally()) {
      Futures.whenDone(submissions.ended(), done -> {}, waiting::completeExceptionally);
    } else {
      waiting.complete(null);
    }
  }
}
