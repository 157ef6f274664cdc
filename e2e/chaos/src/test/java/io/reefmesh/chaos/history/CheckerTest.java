package io.reefmesh.chaos.history;

import static io.reefmesh.chaos.history.PlantedHistory.attempt;
import static io.reefmesh.chaos.history.PlantedHistory.ended;
import static io.reefmesh.chaos.history.PlantedHistory.failure;
import static io.reefmesh.chaos.history.PlantedHistory.flawless;
import static io.reefmesh.chaos.history.PlantedHistory.result;
import static io.reefmesh.chaos.history.PlantedHistory.success;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptOutcome;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;
import org.junit.jupiter.api.Test;

/** Every rule is seen to fail once, on a history with that flaw and no other. */
final class CheckerTest {

  private static final Attempt LOST = attempt(1, "n1", AttemptOutcome.ATTEMPT_OUTCOME_LOST);

  private static final Attempt WON = attempt(2, "n2", AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED);

  @Test
  void shouldFindNothingWhenTheHistoryIsFlawless() {
    assertThat(flawless().check()).isEmpty();
  }

  @Test
  void shouldFindNothingWhenATaskSucceedsAfterALostAttempt() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.begun("t2", 1, "n1", 1, 100);
    planted.ran("t2", 2, "n2", 1, 300, 400);
    planted.seen(success("t2", "r2", LOST, WON));

    assertThat(planted.check()).isEmpty();
  }

  @Test
  void shouldFindLossWhenAnAcknowledgedTaskHasNoOutcome() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.listed.add(Task.newBuilder().setId("t2").setRequestId("r2").build());

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("lost");
  }

  @Test
  void shouldFindAnUndecidedSubmissionWhenItWasNeverAnswered() {
    PlantedHistory planted = flawless();
    planted.invoked("r2", "", 0);

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("undecided");
  }

  @Test
  void shouldFindASecondOutcomeWhenALaterReaderSeesAnotherState() {
    PlantedHistory planted = flawless();
    Task other = failure("t1", "r1", false, LOST);
    planted.history.seen(other, true, "a get", 0);

    assertThat(planted.check())
        .extracting(Finding::rule)
        .isNotEmpty()
        .containsOnly("second-outcome");
  }

  @Test
  void shouldFindASecondOutcomeWhenOnlyTheResultDiffersByAByte() {
    PlantedHistory planted = flawless();
    Task other = planted.listed.get(0).toBuilder().setResult(result("t1/1 on n1 life 2")).build();
    planted.history.seen(other, true, "a get", 0);

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("second-outcome");
  }

  @Test
  void shouldFindASecondOutcomeWhenOnlyATimeDiffers() {
    PlantedHistory planted = flawless();
    Task other =
        planted.listed.get(0).toBuilder()
            .setFinishTime(Timestamp.newBuilder().setSeconds(1))
            .build();
    planted.history.seen(other, false, "a list", 0);

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("second-outcome");
  }

  @Test
  void shouldFindASecondOutcomeWhenAnEndedTaskIsSeenToRunByALaterReader() {
    PlantedHistory planted = flawless();
    Task runs = planted.listed.get(0).toBuilder().setState(TaskState.TASK_STATE_RUNNING).build();
    planted.history.seen(runs, true, "a get", System.nanoTime());

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("second-outcome");
  }

  @Test
  void shouldFindNothingWhenAnOlderReadIsAnsweredLate() {
    PlantedHistory planted = flawless();
    long before = planted.history.outcomes().values().iterator().next().firstSeenNanos() - 1;
    Task runs = planted.listed.get(0).toBuilder().setState(TaskState.TASK_STATE_RUNNING).build();
    planted.history.seen(runs, true, "a get", before);

    assertThat(planted.check()).isEmpty();
  }

  @Test
  void shouldFindNothingWhenAListShowsTheSameTaskWithoutItsResult() {
    PlantedHistory planted = flawless();
    Task bare = planted.listed.get(0).toBuilder().clearResult().build();
    planted.history.seen(bare, false, "a list", 0);

    assertThat(planted.check()).isEmpty();
  }

  @Test
  void shouldFindATokenUsedTwiceWhenTwoNodesBeginTheSameAttempt() {
    PlantedHistory planted = flawless();
    planted.begun("t1", 1, "n2", 1, 150);

    assertThat(planted.check()).extracting(Finding::rule).contains("token");
  }

  @Test
  void shouldFindATokenUsedTwiceWhenTwoLivesOfANodeBeginTheSameAttempt() {
    PlantedHistory planted = flawless();
    planted.begun("t1", 1, "n1", 2, 150);

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("token");
  }

  @Test
  void shouldFindTooManyAttemptsWhenMoreBeganThanAllowed() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    Attempt[] attempts = new Attempt[4];
    for (int number = 1; number <= 4; number++) {
      planted.begun("t2", number, "n1", 1, number);
      attempts[number - 1] = attempt(number, "n1", AttemptOutcome.ATTEMPT_OUTCOME_LOST);
    }
    planted.seen(failure("t2", "r2", true, attempts));

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("attempts");
  }

  @Test
  void shouldFindAnUnchargedEffectWhenAnUnreceivedAttemptRan() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.begun("t2", 1, "n1", 1, 100);
    planted.ran("t2", 2, "n2", 1, 200, 300);
    planted.seen(
        success("t2", "r2", attempt(1, "n1", AttemptOutcome.ATTEMPT_OUTCOME_UNRECEIVED), WON));

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("uncharged");
  }

  @Test
  void shouldFindAPhantomWhenAnAttemptRanThatIsNotOnRecord() {
    PlantedHistory planted = flawless();
    planted.begun("t1", 2, "n2", 1, 300);

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("phantom");
  }

  @Test
  void shouldFindAPhantomWhenAnAttemptRanOnAnotherNodeThanRecorded() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.begun("t2", 1, "n3", 1, 100);
    planted.ran("t2", 2, "n2", 1, 200, 300);
    planted.seen(success("t2", "r2", LOST, WON));

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("phantom");
  }

  @Test
  void shouldFindAPhantomWhenATaskRanThatNobodySubmitted() {
    PlantedHistory planted = flawless();
    planted.begun("t9", 1, "n1", 1, 100);

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("phantom");
  }

  @Test
  void shouldFindFalseSuccessWhenNoHandlerFinished() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.begun("t2", 1, "n1", 1, 100);
    planted.begun("t2", 2, "n2", 1, 100);
    planted.seen(success("t2", "r2", LOST, WON));

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("false-success");
  }

  @Test
  void shouldFindFalseSuccessWhenTheResultIsNotTheHandlers() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.ran("t2", 1, "n1", 1, 100, 200);
    planted.seen(
        success("t2", "r2", attempt(1, "n1", AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED)).toBuilder()
            .setResult(result("something else"))
            .build());

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("false-success");
  }

  @Test
  void shouldFindThatItGaveUpWhenAttemptsWereLeft() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.begun("t2", 1, "n1", 1, 100);
    planted.seen(failure("t2", "r2", true, LOST));

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("gave-up");
  }

  @Test
  void shouldFindAnExpiryWhenATaskExpired() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.seen(ended("t2", "r2", TaskState.TASK_STATE_EXPIRED).build());

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("expired");
  }

  @Test
  void shouldFindACancelWhenNobodyAskedForIt() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2");
    planted.seen(ended("t2", "r2", TaskState.TASK_STATE_CANCELLED).build());

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("cancelled");
  }

  @Test
  void shouldFindNothingWhenACancelWasAskedFor() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t2").cancelAsked();
    planted.seen(ended("t2", "r2", TaskState.TASK_STATE_CANCELLED).build());

    assertThat(planted.check()).isEmpty();
  }

  @Test
  void shouldFindADoubledRequestWhenARepeatGaveAnotherTask() {
    PlantedHistory planted = flawless();
    Submission submission = planted.submitted("r2", "t2");
    planted.acknowledged(submission, "t3");
    for (String id : submission.taskIds()) {
      planted.submitted("unused-" + id, "unused-" + id);
    }

    assertThat(planted.check()).extracting(Finding::rule).contains("request-id");
  }

  @Test
  void shouldFindADoubledRequestWhenTheMeshListsTwoTasksOfIt() {
    PlantedHistory planted = flawless();
    planted.listed.add(Task.newBuilder().setId("t0").setRequestId("r1").build());

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("request-id");
  }

  @Test
  void shouldFindADoubledRequestWhenOneTaskAnswersTwoRequests() {
    PlantedHistory planted = flawless();
    planted.submitted("r2", "t1");

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("request-id");
  }

  @Test
  void shouldFindAnIncompleteListWhenAnAcknowledgedTaskIsMissing() {
    PlantedHistory planted = flawless();
    planted.listed.clear();

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("list");
  }

  @Test
  void shouldFindAListThatRepeatsWhenATaskIsInItTwice() {
    PlantedHistory planted = flawless();
    planted.listed.add(planted.listed.get(0));

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("list");
  }

  @Test
  void shouldFindAPhantomWhenATaskIsListedThatNobodySubmitted() {
    PlantedHistory planted = flawless();
    planted.listed.add(Task.newBuilder().setId("t9").setRequestId("r9").build());

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("phantom");
  }

  @Test
  void shouldTellOfWhatWasOddOnTheSpot() {
    PlantedHistory planted = flawless();
    planted.history.odd("output", "a piece was missing");

    assertThat(planted.check()).containsExactly(new Finding("output", "a piece was missing"));
  }
}
