package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ranges of the queue's figures. */
final class QueueRulesTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 1, 1, 0, the ageing step is below 1 ms: 0",
    "1, -1, 0, 1, 1, 0, the affinity wait is negative: -1",
    "1, 0, -1, 1, 1, 0, the cap of projects is negative: -1",
    "1, 0, 0, 0, 1, 0, the cap of concurrency keys is below 1: 0",
    "1, 0, 0, 1, 0, 0, the weight of project p is not 1 to 1000: 0",
    "1, 0, 0, 1, 1001, 0, the weight of project p is not 1 to 1000: 1001",
    "1, 0, 0, 1, 1, -1, the cap of project p is negative: -1",
  })
  void shouldNameTheFigureThatIsOutOfRange(
      long step, long wait, int projectCap, int keyCap, int weight, int cap, String message) {
    assertThatThrownBy(
            () ->
                new QueueRules(
                    step,
                    wait,
                    projectCap,
                    keyCap,
                    ImmutableMap.of("p", weight),
                    ImmutableMap.of("p", cap)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void shouldTakeTheOrdinaryFigureForProjectsThatAreNotNamed() {
    QueueRules rules =
        new QueueRules(1, 0, 7, 1, ImmutableMap.of("p", 1_000), ImmutableMap.of("p", 0));
    assertThat(rules.weightOf("p")).isEqualTo(1_000);
    assertThat(rules.weightOf("q")).isEqualTo(1);
    assertThat(rules.capOf("p")).isZero();
    assertThat(rules.capOf("q")).isEqualTo(7);
  }
}
