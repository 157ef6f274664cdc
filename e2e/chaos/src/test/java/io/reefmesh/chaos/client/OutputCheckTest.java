package io.reefmesh.chaos.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.chaos.history.Finding;
import io.reefmesh.chaos.history.History;
import io.reefmesh.chaos.history.Submission;
import io.reefmesh.chaos.work.WorkOrder;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import org.junit.jupiter.api.Test;

/** What a follower must have heard. */
final class OutputCheckTest {

  private final History history = new History();
  private final OutputCheck output =
      new OutputCheck(
          history, new Submission("r1", TaskSpec.getDefaultInstance(), new WorkOrder(1, 2, 0), 0));

  @Test
  void shouldFindNothingWhenAllOfTheLastAttemptWasHeard() {
    output.onAttempt(AttemptStarted.newBuilder().setAttempt(1).build());
    output.onOutput(chunk(1, 0));
    output.onAttempt(AttemptStarted.newBuilder().setAttempt(2).build());
    output.onOutput(chunk(2, 0));
    output.onOutput(chunk(2, 1));
    output.ended(success(2));

    assertThat(history.odd()).isEmpty();
  }

  @Test
  void shouldFindAHoleWhenAPieceIsMissing() {
    output.onOutput(chunk(1, 0));
    output.ended(success(1));

    assertThat(history.odd()).extracting(Finding::rule).containsExactly("output");
  }

  @Test
  void shouldFindNothingWhenAGapWasAnnounced() {
    output.onOutput(chunk(1, 0));
    output.onGap(OutputGap.getDefaultInstance());
    output.ended(success(1));

    assertThat(history.odd()).isEmpty();
  }

  @Test
  void shouldFindDisorderWhenAnEarlierAttemptComesBack() {
    output.onOutput(chunk(2, 0));
    output.onOutput(chunk(1, 0));

    assertThat(history.odd()).extracting(Finding::rule).containsExactly("output");
  }

  private static OutputChunk chunk(int attempt, int index) {
    return OutputChunk.newBuilder()
        .setAttempt(attempt)
        .setText(WorkOrder.chunk(attempt, index))
        .build();
  }

  private static Task success(int attempt) {
    return Task.newBuilder()
        .setState(TaskState.TASK_STATE_SUCCEEDED)
        .addAttempts(Attempt.newBuilder().setNumber(attempt))
        .build();
  }
}
