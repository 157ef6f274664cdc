package io.reefmesh.simulation;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.watch.Cursor;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptOutcome;
import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskState;
import org.junit.jupiter.api.Test;

/** The check of followers itself: it lets through what is right, and nothing that is not. */
final class FollowerCheckTest {

  private static final TaskId ID = TaskId.of(TaskId.EPOCH_MILLIS + 1, 1, 1);

  private final FollowerCheck check = new FollowerCheck(ID, ref -> 6, true);
  private long place;

  private TaskEvent.Builder at(long epoch) {
    return TaskEvent.newBuilder().setCursor(new Cursor(epoch, place++).toString());
  }

  private void attempt(long epoch, int number) {
    check.told(at(epoch).setAttempt(AttemptStarted.newBuilder().setAttempt(number)).build());
  }

  private void output(long epoch, int attempt, long offset) {
    check.told(
        at(epoch)
            .setOutput(
                OutputChunk.newBuilder().setAttempt(attempt).setOffset(offset).setText("abc"))
            .build());
  }

  private void gap(long epoch) {
    check.told(at(epoch).setGap(OutputGap.getDefaultInstance()).build());
  }

  private void state(long epoch, TaskState state, int attempt) {
    check.told(at(epoch).setState(task(state, attempt)).build());
  }

  private void finished(int attempt) {
    check.told(at(1).setFinished(task(TaskState.TASK_STATE_SUCCEEDED, attempt)).build());
  }

  private static Task task(TaskState state, int attempt) {
    return Task.newBuilder()
        .setState(state)
        .addAttempts(
            Attempt.newBuilder()
                .setNumber(attempt)
                .setOutcome(AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED))
        .build();
  }

  private static void assertRefused(Runnable telling, String why) {
    assertThatThrownBy(telling::run)
        .isInstanceOf(Violation.class)
        .hasMessageStartingWith("I11 ")
        .hasMessageContaining(why);
  }

  @Test
  void shouldLetThroughALifeInOrder() {
    state(1, TaskState.TASK_STATE_ASSIGNED, 1);
    attempt(1, 1);
    output(1, 1, 0);
    attempt(1, 2);
    output(1, 2, 0);
    output(1, 2, 3);
    assertThatCode(() -> finished(2)).doesNotThrowAnyException();
  }

  @Test
  void shouldRefuseAHoleARepeatAndAnAttemptThatNobodyAnnounced() {
    assertRefused(() -> output(1, 1, 0), "not announced");
    attempt(1, 1);
    output(1, 1, 0);
    assertRefused(() -> output(1, 1, 4), "missing without a gap");
    gap(1);
    output(1, 1, 7);
    assertRefused(() -> output(1, 1, 7), "repeated");
    assertRefused(() -> attempt(1, 1), "announced late");
    attempt(1, 2);
    assertRefused(() -> output(1, 1, 10), "not announced");
  }

  @Test
  void shouldWantAGapWhenTheGatewayStartedAnew() {
    attempt(1, 1);
    output(1, 1, 0);
    check.opened();
    attempt(2, 1);
    assertRefused(() -> output(2, 1, 0), "restart that no gap was told of");
    gap(2);
    output(2, 1, 0); // the node said it again: only a client that remembers can tell
    assertRefused(() -> output(1, 1, 3), "earlier life");
  }

  @Test
  void shouldRefuseStatesThatGoBackWithinOneLifeOfTheGateway() {
    state(1, TaskState.TASK_STATE_RUNNING, 1);
    assertRefused(() -> state(1, TaskState.TASK_STATE_ASSIGNED, 1), "older state");
    state(1, TaskState.TASK_STATE_QUEUED, 1);
    state(2, TaskState.TASK_STATE_ASSIGNED, 1);
  }

  @Test
  void shouldRefuseAnEndThatIsCutOffAndAnythingAfterTheOutcome() {
    attempt(1, 1);
    output(1, 1, 0);
    assertRefused(() -> finished(1), "the end of the output is missing");
  }

  @Test
  void shouldRefuseAnythingAfterTheOutcome() {
    attempt(1, 1);
    gap(1);
    finished(1);
    assertRefused(() -> finished(1), "after the outcome");
  }
}
