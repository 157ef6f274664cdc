package io.reefmesh.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PercentilesTest {

  @ParameterizedTest
  @CsvSource({"50,50", "99,99", "99.9,100", "100,100", "1,1", "0.1,1"})
  void shouldTakeTheNearestRankOfAHundred(double percent, long expected) {
    // given 100 … 1, so that order does not matter
    long[] values = LongStream.rangeClosed(1, 100).map(n -> 101 - n).toArray();

    // then
    assertThat(new Percentiles(values).at(percent)).isEqualTo(expected);
  }

  @Test
  void shouldBeAMeasuredValueWhenThereAreFew() {
    assertThat(new Percentiles(new long[] {10, 20}).at(50)).isEqualTo(10);
    assertThat(new Percentiles(new long[] {10, 20}).at(99)).isEqualTo(20);
    assertThat(new Percentiles(new long[] {7}).at(99)).isEqualTo(7);
  }

  @Test
  void shouldBeZeroWhenNothingWasMeasured() {
    assertThat(new Percentiles(new long[0]).at(50)).isZero();
  }

  @Test
  void shouldNotChangeTheValuesItIsGiven() {
    long[] values = {3, 1, 2};
    assertThat(new Percentiles(values).at(100)).isEqualTo(3);
    assertThat(values).containsExactly(3, 1, 2);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 100.1, Double.NaN})
  void shouldRefuseWhatIsNoPercentile(double percent) {
    assertThatThrownBy(() -> new Percentiles(new long[] {1}).at(percent))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
