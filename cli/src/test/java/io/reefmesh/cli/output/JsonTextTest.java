package io.reefmesh.cli.output;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "[1,{\"a\":null}]", "1", "\"x\"", "null", " {\"n\": 12345678901234567890} "})
  void shouldTakeAnyOneJsonValue(String text) {
    assertThatCode(() -> JsonText.check(text)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"argv":["ls"]       | line 1, column 15
          {"a":1,}             | line 1, column 8
          {'a':1}              | line 1, column 2
          {} {}                | line 1, column 4
          {"a":1} x            | line 1, column 9
          ``                   | it is empty
          nul                  | line 1, column 1
          """)
  void shouldSayWhereItBreaks(String text, String place) {
    assertThatThrownBy(() -> JsonText.check(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(place)
        .message()
        .doesNotContain("Source")
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\n  \"a\": 1,\n  b\n}"})
  void shouldCountLines(String text) {
    assertThatThrownBy(() -> JsonText.check(text)).hasMessageContaining("line 3, column 3");
  }
}
