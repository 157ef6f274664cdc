package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.config.SettingsException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PriceTableTest {

  private final PriceTable prices =
      PriceTable.parse(
          "agent.prices",
          Map.of("gpt-4o", "2.5/10", "gpt-4o*", "1/1", "gpt-4o-mini*", " 0.15 / 0.6 "));

  @ParameterizedTest
  @CsvSource({
    "gpt-4o,                 x,      4,       1,  20",
    "gpt-4o-2024-08-06,      x,      4,       1,  5",
    "gpt-4o-mini-2024-07-18, x,      1000000, 0,  150000",
    "gpt-4o-mini,            x,      1,       1,  1",
    "gpt-4o-mini,            x,      3,       0,  0",
    "alias,                  gpt-4o, 4,       1,  20",
    "other,                  other,  4,       1,  0",
    "gpt-4o,                 x,      9223372036854775807, 9223372036854775807, 9223372036854775807",
  })
  void shouldChargeByTheNearestName(
      String served, String asked, long input, long output, long micros) {
    assertThat(prices.costMicros(served, asked, input, output)).isEqualTo(micros);
  }

  @Test
  void shouldPriceEverythingWhenTheNameIsOnlyAStar() {
    PriceTable any = PriceTable.parse("agent.prices", Map.of("*", "1/2"));

    assertThat(any.costMicros("whatever", "it is", 1, 1)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1/", "/1", "1/2/3", "-1/2", "1,5/2", "1e3/2", "free"})
  void shouldRefuseWhatIsNoPrice(String text) {
    assertThatThrownBy(() -> PriceTable.parse("agent.prices", Map.of("m", text)))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("agent.prices.m is \"" + text + "\"")
        .hasMessageContaining("such as 0.15/0.6");
  }
}
