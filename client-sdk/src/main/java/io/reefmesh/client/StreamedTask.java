package io.reefmesh.client;

import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskSubmission;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A submission to a {@link TaskStream}. Thread-safe. Futures complete on the threads that callbacks
 * run on; each call gives a future of the caller's own.
 */
public final class StreamedTask {

  /** Where a submission stands. */
  enum Stage {
    /** It waits to be sent. */
    UNSENT,
    /** It waits for its receipt. */
    SENT,
    /** It was refused for a while, and is sent again later. */
    RESTING,
    /** It waits for its outcome. */
    ACCEPTED,
    /** It has all it can get. */
    DONE
  }

  private final TaskSubmission submission;
  private final boolean wantsOutcome;
  private final CompletableFuture<SubmitReceipt> receipt = new CompletableFuture<>();
  private final CompletableFuture<Task> outcome = new CompletableFuture<>();
  final long submittedNanos;

  // Guarded by the window that it is in.
  Stage stage = Stage.UNSENT;
  @Nullable String taskId;
  SubmissionWindow.@Nullable Batch batch;

  StreamedTask(TaskSpec spec, SubmitOptions options, boolean wantsOutcome, long nowNanos) {
    this.submission =
        TaskSubmission.newBuilder().setRequestId(options.requestId()).setSpec(spec).build();
    this.wantsOutcome = wantsOutcome;
    this.submittedNanos = nowNanos;
  }

  /** The request id it was submitted with. */
  public String requestId() {
    return submission.getRequestId();
  }

  /**
   * Completes once the task is durable. Fails with a {@link MeshException}: {@link
   * InvalidTaskException}, {@link DuplicateRequestException}, {@link MeshOverloadedException} and
   * others. After a {@link MeshUnavailableException} or {@link MeshClosedException} the task may
   * have been accepted all the same: submit it again with the same request id to find out.
   */
  public CompletableFuture<SubmitReceipt> receipt() {
    return Futures.copyOf(receipt);
  }

  /**
   * The task in its final state, whichever that is, without the payload it was submitted with.
   * Fails as {@link #receipt()} does, and with a {@link TaskNotFoundException} if the gateway no
   * longer keeps it.
   *
   * @throws IllegalStateException if the stream was opened without outcomes
   */
  public CompletableFuture<Task> outcome() {
    if (!wantsOutcome) {
      throw new IllegalStateException(
          "this stream brings no outcomes: open it with TaskStreamOptions.withOutcomes()");
    }
    return Futures.copyOf(outcome);
  }

  TaskSubmission submission() {
    return submission;
  }

  /** What it takes up, in bytes; never 0. */
  int bytes() {
    return submission.getSerializedSize();
  }

  void accepted(SubmitReceipt value) {
    receipt.complete(value);
  }

  void ended(Task task) {
    outcome.complete(task);
  }

  void failed(Throwable why) {
    receipt.completeExceptionally(why);
    outcome.completeExceptionally(why);
  }
}
