package io.reefmesh.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.chaos.history.Finding;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Figures and checks. */
final class FiguresTest {

  @Test
  void shouldTakeTheNearestRank() {
    List<Duration> durations = IntStream.rangeClosed(1, 200).mapToObj(Duration::ofMillis).toList();

    assertThat(Figures.of(durations))
        .isEqualTo(
            new Figures(
                200, Duration.ofMillis(100), Duration.ofMillis(198), Duration.ofMillis(200)));
  }

  @Test
  void shouldBeZeroWhenThereIsNothing() {
    assertThat(Figures.of(List.of()))
        .isEqualTo(new Figures(0, Duration.ZERO, Duration.ZERO, Duration.ZERO));
  }

  @Test
  void shouldFailTheRuleThatSomethingWasFoundAgainst() {
    RunReport report = new RunReport();
    report.rules(
        Map.of("lost", "nothing is lost", "token", "tokens are unique"),
        List.of(new Finding("lost", "t1"), new Finding("lost", "t2")));

    assertThat(report.passed()).isEqualTo(1);
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.text()).contains("FAIL nothing is lost: 2 findings");
  }

  @Test
  void shouldFailWhenSomethingWasFoundThatNoRuleSpeaksOf() {
    RunReport report = new RunReport();
    report.rules(Map.of(), List.of(new Finding("nemesis", "it broke")));

    assertThat(report.failed()).isEqualTo(1);
  }
}
