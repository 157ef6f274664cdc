package io.reefmesh.chaos.client;

import io.reefmesh.chaos.history.History;
import io.reefmesh.chaos.history.Submission;
import io.reefmesh.client.OutputListener;
import io.reefmesh.client.Payloads;
import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;

/**
 * Hears a task's output and compares it, at the end, with what its handler wrote: it is all there,
 * or a gap was announced. Called by one thread at a time.
 */
final class OutputCheck implements OutputListener {

  private final History history;
  private final Submission submission;
  private final StringBuilder text = new StringBuilder();
  private int attempt;
  private boolean gap;

  OutputCheck(History history, Submission submission) {
    this.history = history;
    this.submission = submission;
  }

  @Override
  public synchronized void onAttempt(AttemptStarted started) {
    begin(started.getAttempt());
  }

  @Override
  public synchronized void onOutput(OutputChunk chunk) {
    if (chunk.getAttempt() != attempt) {
      begin(chunk.getAttempt());
    }
    text.append(Payloads.text(chunk));
  }

  @Override
  public synchronized void onGap(OutputGap missing) {
    gap = true;
  }

  private void begin(int number) {
    if (number < attempt) {
      history.odd(
          "output", submission.requestId() + ": attempt " + number + " after attempt " + attempt);
    }
    if (number != attempt) {
      attempt = number;
      text.setLength(0);
    }
  }

  /** The outcome is there, and all output was heard. */
  synchronized void ended(Task task) {
    if (task.getState() != TaskState.TASK_STATE_SUCCEEDED || gap) {
      return;
    }
    int last = task.getAttempts(task.getAttemptsCount() - 1).getNumber();
    String expected = submission.order().output(last);
    if (!text.toString().equals(expected)) {
      history.odd(
          "output",
          "task "
              + task.getId()
              + ": attempt "
              + last
              + " wrote \""
              + expected
              + "\", its follower heard \""
              + text
              + "\" of attempt "
              + attempt
              + " and of no gap");
    }
  }
}
