package io.reefmesh.chaos.history;

import static io.reefmesh.chaos.history.PlantedHistory.attempt;
import static io.reefmesh.chaos.history.PlantedHistory.success;
import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.v1.AttemptOutcome;
import org.junit.jupiter.api.Test;

/** Turns of a conversation. */
final class SessionRulesTest {

  private final PlantedHistory planted = new PlantedHistory();

  @Test
  void shouldFindNothingWhenTurnsFollowOneAnother() {
    turn("t1", 0, 100, 200);
    turn("t2", 0, 200, 300);

    assertThat(planted.check()).isEmpty();
  }

  @Test
  void shouldFindAnOverlapWhenTwoTurnsRunAtOnce() {
    turn("t1", 0, 100, 200);
    turn("t2", 0, 199, 300);

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("session");
  }

  @Test
  void shouldFindDisorderWhenALaterTurnRunsFirst() {
    turn("t1", 0, 300, 400);
    // Submitted after the other was acknowledged.
    turn("t2", System.nanoTime() + 1, 100, 200);

    assertThat(planted.check()).extracting(Finding::rule).containsExactly("session");
  }

  private void turn(String id, long invokedNanos, long fromNanos, long toNanos) {
    Submission submission = planted.invoked("r-" + id, "talk", invokedNanos);
    planted.acknowledged(submission, id);
    planted.ran(id, 1, "n1", 1, fromNanos, toNanos);
    planted.seen(
        success(id, "r-" + id, attempt(1, "n1", AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED)));
  }
}
