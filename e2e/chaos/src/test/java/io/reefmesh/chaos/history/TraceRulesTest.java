package io.reefmesh.chaos.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.chaos.history.AdoptionRules.Adoption;
import io.reefmesh.chaos.history.LossRules.Loss;
import io.reefmesh.chaos.history.LossRules.Moves;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the handlers' traces say about lost nodes and killed gateways. */
final class TraceRulesTest {

  private final PlantedHistory planted = new PlantedHistory();

  @Test
  void shouldTimeTheNextAttemptWhenANodeWasLost() {
    planted.begun("t1", 1, "n1", 1, 100);
    planted.begun("t1", 2, "n2", 1, 700);
    planted.begun("t1", 3, "n3", 1, 900);

    Moves moves = LossRules.follow(new Loss("n1", 1, 200), planted.effects);

    assertThat(moves).isEqualTo(new Moves(1, List.of(500L), List.of()));
  }

  @Test
  void shouldLeaveOutWorkThatWasOverAndWorkOfOthersWhenANodeWasLost() {
    planted.ran("t1", 1, "n1", 1, 100, 150);
    planted.begun("t2", 1, "n2", 1, 100);
    planted.begun("t3", 1, "n1", 2, 300);

    Moves moves = LossRules.follow(new Loss("n1", 1, 200), planted.effects);

    assertThat(moves).isEqualTo(new Moves(0, List.of(), List.of()));
  }

  @Test
  void shouldNameWorkThatMovedNowhereWhenANodeWasLost() {
    planted.begun("t1", 1, "n1", 1, 100);

    Moves moves = LossRules.follow(new Loss("n1", 1, 200), planted.effects);

    assertThat(moves).isEqualTo(new Moves(1, List.of(), List.of("t1")));
  }

  @Test
  void shouldCountAsAdoptedWhenTheSameAttemptGoesOn() {
    planted.ran("t1", 1, "n1", 1, 100, 900);
    planted.begun("t2", 1, "n1", 1, 100);

    Adoption adoption = AdoptionRules.follow(List.of(200L, 500L), planted.effects);

    assertThat(adoption).isEqualTo(new Adoption(4, 0, 1.0));
  }

  @Test
  void shouldBlameTheLastKillWhenAnAttemptThatRanThroughTwoBeganAgain() {
    planted.begun("t1", 1, "n1", 1, 100);
    planted.begun("t1", 2, "n2", 1, 600);
    planted.ran("t2", 1, "n1", 1, 100, 900);

    Adoption adoption = AdoptionRules.follow(List.of(200L, 500L), planted.effects);

    assertThat(adoption).isEqualTo(new Adoption(4, 1, 0.5));
  }
}
