package io.reefmesh.client;

import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A task that was handed in, on its way to its outcome. Thread-safe.
 *
 * <p>The promise of the mesh: an accepted task is never lost; it runs at least once and at most
 * {@code max_attempts} times; every reader sees exactly one outcome, and it never changes. It holds
 * from the moment {@link #submitted()} completes, with or without this handle: one that is
 * detached, or whose client is closed, leaves its task alone.
 *
 * <p>Futures complete on the threads that callbacks run on: what hangs on them must not block,
 * unless the client was built with an executor for callbacks. Each call gives a future of the
 * caller's own.
 */
public final class TaskHandle {

  private final TaskCalls tasks;
  private final String requestId;
  private final CompletableFuture<Task> submission;
  private final CompletableFuture<Task> submitted = new CompletableFuture<>();
  private final CompletableFuture<Task> outcome = new CompletableFuture<>();

  // Guarded by this.
  private @Nullable OutputListener listener;
  private @Nullable Follower follower;
  private boolean detached;

  TaskHandle(TaskCalls tasks, TaskSpec spec, SubmitOptions options) {
    this.tasks = tasks;
    this.requestId = options.requestId();
    this.submission = tasks.submit(requestId, spec);
  }

  /** Follows the task as soon as it is accepted. Called once. */
  TaskHandle start() {
    Futures.whenDone(submission, this::accepted, this::refused);
    return this;
  }

  /** The request id it was submitted with. */
  public String requestId() {
    return requestId;
  }

  /**
   * The task once it is durable. Fails with a {@link MeshException}: {@link InvalidTaskException},
   * {@link DuplicateRequestException}, {@link MeshOverloadedException}, {@link
   * MeshUnavailableException} and others. After a {@link MeshTimeoutException} the task may have
   * been accepted all the same: submit it again with the same request id to find out.
   */
  public CompletableFuture<Task> submitted() {
    return Futures.copyOf(submitted);
  }

  /** The id, once the task is durable; fails as {@link #submitted()} does. */
  public CompletableFuture<String> id() {
    return submitted.thenApply(Task::getId);
  }

  /**
   * The task in its final state, whichever that is. Fails with a {@link MeshException} if the task
   * was not accepted or could not be followed to its end.
   */
  public CompletableFuture<Task> outcome() {
    return Futures.copyOf(outcome);
  }

  /**
   * What the handler gave. Fails with a {@link TaskOutcomeException} if the task ended without a
   * result, and as {@link #outcome()} does.
   */
  public CompletableFuture<Payload> result() {
    return outcome.thenApply(task -> Outcomes.requireSuccess(task).getResult());
  }

  /**
   * Waits for {@link #result()}. An interrupt ends the wait, not the task and not this handle.
   *
   * @throws TaskOutcomeException if the task ended without a result
   * @throws MeshException if it was not accepted or could not be followed to its end
   * @throws IllegalStateException inside a callback on a network thread
   */
  public Payload awaitResult() throws InterruptedException {
    return Waiting.on(result());
  }

  /**
   * Sends the task's output to the listener, from the beginning as far as the gateway keeps it.
   * {@link #outcome()} completes after the listener has heard everything, if the listener was set
   * before the outcome.
   *
   * @throws IllegalStateException if there is a listener already; more of them can {@link
   *     MeshClient#watch watch}
   */
  public TaskHandle onOutput(OutputListener newListener) {
    Follower before;
    Follower next;
    synchronized (this) {
      if (listener != null) {
        throw new IllegalStateException(
            "this handle has an output listener already; use MeshClient.watch for more");
      }
      listener = newListener;
      before = follower;
      if (before == null || detached) {
        return this;
      }
      next = new Follower(before.taskId(), newListener);
      follower = next;
    }
    before.watch.close();
    next.start();
    return this;
  }

  /**
   * Ends the task, once it is submitted. Completes with the task as it then stands: cancelled, or
   * the outcome it already had.
   *
   * @param reason kept with the task, for people; at most 256 characters
   */
  public CompletableFuture<Task> cancel(String reason) {
    return submitted.thenCompose(task -> tasks.cancel(task.getId(), reason));
  }

  /**
   * Stops following; the task goes on. Futures that are not done are cancelled. If the task was not
   * yet {@link #submitted()}, whether it was accepted stays unknown.
   */
  public void detach() {
    Follower last;
    synchronized (this) {
      detached = true;
      last = follower;
    }
    submission.cancel(false);
    if (last != null) {
      last.watch.close();
    }
    submitted.cancel(false);
    outcome.cancel(false);
  }

  private void accepted(Task task) {
    submitted.complete(task);
    Follower first;
    synchronized (this) {
      if (detached) {
        return;
      }
      first = new Follower(task.getId(), listener);
      follower = first;
    }
    first.start();
  }

  private void refused(Throwable failure) {
    submitted.completeExceptionally(failure);
    outcome.completeExceptionally(failure);
  }

  private synchronized boolean follows(Follower one) {
    return follower == one;
  }

  /** One watch of the task. A listener that comes late gets a new one, from the beginning. */
  private final class Follower implements TaskListener {
    private final @Nullable OutputListener output;
    private final ResumingWatch watch;

    Follower(String taskId, @Nullable OutputListener output) {
      this.output = output;
      this.watch = tasks.watch(taskId, "", this);
    }

    String taskId() {
      return watch.taskId();
    }

    void start() {
      Futures.whenDone(watch.ending(), this::ended, this::broke);
      watch.start();
    }

    @Override
    public void onAttempt(AttemptStarted attempt) {
      if (output != null) {
        output.onAttempt(attempt);
      }
    }

    @Override
    public void onOutput(OutputChunk chunk) {
      if (output != null) {
        output.onOutput(chunk);
      }
    }

    @Override
    public void onGap(OutputGap gap) {
      if (output != null) {
        output.onGap(gap);
      }
    }

    private void ended(Task task) {
      if (follows(this)) {
        outcome.complete(task);
      }
    }

    private void broke(Throwable why) {
      if (follows(this)) {
        outcome.completeExceptionally(why);
      }
    }
  }
}
