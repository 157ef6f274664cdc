package io.reefmesh.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationsTest {

  @ParameterizedTest
  @CsvSource({"500ms,PT0.5S", "10s,PT10S", "5m,PT5M", "2h,PT2H", "1d,PT24H", "3 s,PT3S"})
  void shouldReadWhatPeopleWrite(String text, Duration expected) {
    assertThat(Durations.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "-1s", "0s", "1.5h", "1y", "9999999999s", "1h30m"})
  void shouldSayWhatIsPossibleWhenItIsNoDuration(String text) {
    assertThatThrownBy(() -> Durations.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\"")
        .hasMessageContaining("such as 500ms");
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S,0 ms",
    "PT0.0079S,7 ms",
    "PT0.999S,999 ms",
    "PT1.26S,1.3 s",
    "PT99.9S,99.9 s",
    "PT100S,1 m",
    "PT99M,99 m",
    "PT100M,1 h",
    "PT71H,71 h",
    "PT72H,3 d",
    "PT-5S,0 ms"
  })
  void shouldShowOneUnitThatSuits(Duration duration, String expected) {
    assertThat(Durations.show(duration)).isEqualTo(expected);
  }

  @Test
  void shouldReadTheLargestWithoutOverflow() {
    assertThat(Durations.parse("999999999d")).isEqualTo(Duration.ofDays(999_999_999));
  }
}
