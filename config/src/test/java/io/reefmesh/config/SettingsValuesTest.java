package io.reefmesh.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How texts become values. */
final class SettingsValuesTest {

  private static Settings flag(String text) {
    return Settings.read(null, Map.of(), Map.of("a.b", text));
  }

  private static Settings variable(String text) {
    return Settings.read(null, Map.of("REEFMESH_A_B", text), Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "10", " 7 "})
  void shouldTakeAWholeNumberWhenItIsInRange(String text) {
    assertThat(flag(text).integer("a.b", 0, 1, 10)).isEqualTo(Integer.parseInt(text.trim()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "11", "-1", "1.5", "", "ten", "99999999999", "0x5", "1e1"})
  void shouldRefuseAWholeNumberWhenItIsNoneOrOutOfRange(String text) {
    assertThatThrownBy(() -> variable(text).integer("a.b", 5, 1, 10))
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "a.b is \"" + text + "\" (REEFMESH_A_B): it must be a whole number from 1 to 10");
  }

  @ParameterizedTest
  @CsvSource({
    "0ms, 0",
    "500ms, 500",
    "10s, 10000",
    "10 s, 10000",
    "5m, 300000",
    "2h, 7200000",
    "1d, 86400000"
  })
  void shouldTakeADurationWhenItHasAUnit(String text, long millis) {
    assertThat(flag(text).duration("a.b", Duration.ZERO, Duration.ZERO, Duration.ofDays(1)))
        .isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10",
        "s",
        "-1s",
        "1.5s",
        "10S",
        "10 sec",
        "25h",
        "2d",
        "0ms",
        "999999999999d",
        "9223372036854775807ms",
        ""
      })
  void shouldRefuseADurationWhenItIsNoneOrOutOfRange(String text) {
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> flag(text).duration("a.b", second, second, Duration.ofHours(24)))
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "a.b is \"" + text + "\" (--a.b): it must be a duration from 1s to 24h, such as 10s");
  }

  @Test
  void shouldSayBoundsInTheLargestExactUnitWhenADurationIsRefused() {
    assertThatThrownBy(
            () -> flag("x").duration("a.b", Duration.ZERO, Duration.ZERO, Duration.ofMillis(1500)))
        .hasMessageContaining("from 0s to 1500ms");
    assertThatThrownBy(
            () ->
                flag("x")
                    .duration("a.b", Duration.ZERO, Duration.ofSeconds(1), Duration.ofMinutes(90)))
        .hasMessageContaining("from 1s to 90m");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "17, 17",
    "17B, 17",
    "64KiB, 65536",
    "64 KiB, 65536",
    "1MiB, 1048576",
    "2GiB, 2147483648"
  })
  void shouldTakeASizeWhenItHasAUnitOrNone(String text, long bytes) {
    assertThat(flag(text).sizeBytes("a.b", 1, 0, 4L << 30)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9",
        "5GiB",
        "64KB",
        "64kib",
        "-1",
        "1.5MiB",
        "",
        "999999999999999999GiB",
        "17179869184GiB",
        "17179869185GiB",
        "99999999999999999999"
      })
  void shouldRefuseASizeWhenItIsNoneOrOutOfRangeOrTooLargeToCount(String text) {
    assertThatThrownBy(() -> flag(text).sizeBytes("a.b", 10, 10, 4L << 30))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("a.b is \"" + text + "\"")
        .hasMessageContaining("from 10 to 4294967296 bytes");
  }

  @Test
  void shouldRefuseASizeThatCannotBeCountedWhenTheRangeIsOpen() {
    assertThat(flag("8388608GiB").sizeBytes("a.b", 0, 0, Long.MAX_VALUE)).isEqualTo(1L << 53);
    assertThatThrownBy(() -> flag("8589934592GiB").sizeBytes("a.b", 0, 0, Long.MAX_VALUE))
        .isInstanceOf(SettingsException.class);
  }

  @Test
  void shouldTakeTrueAndFalseAndNothingElseWhenItIsAFlag() {
    assertThat(flag("true").flag("a.b", false)).isTrue();
    assertThat(flag(" FALSE ").flag("a.b", true)).isFalse();
    for (String text : List.of("yes", "1", "")) {
      assertThatThrownBy(() -> flag(text).flag("a.b", true))
          .hasMessage("a.b is \"" + text + "\" (--a.b): it must be true or false");
    }
  }

  @Test
  void shouldTakeOneOfTheWordsWhenItIsAChoice() {
    assertThat(flag(" Warn ").choice("a.b", "info", "info", "warn")).isEqualTo("warn");
    assertThatThrownBy(() -> flag("warning").choice("a.b", "info", "info", "warn"))
        .hasMessage("a.b is \"warning\" (--a.b): it must be one of info, warn");
  }

  @Test
  void shouldSplitAtCommasOrAtLineBreaksWhenAListIsGivenAsText() {
    assertThat(flag(" a , b,,c ").list("a.b", List.of())).containsExactly("a", "b", "c");
    assertThat(flag("").list("a.b", List.of("x"))).isEmpty();
    assertThat(variable("a,b\r\nc\n").list("a.b", List.of())).containsExactly("a,b", "c");
  }

  @Test
  void shouldGiveBackTheSamePartsWhenTheyWereJoined() {
    // given
    List<String> one = List.of("ocr=tesseract -l deu,eng");
    List<String> two = List.of("ocr=tesseract -l deu,eng", "sum=sha256sum");
    // when, then
    assertThat(flag(Settings.joined(one)).list("a.b", List.of())).isEqualTo(one);
    assertThat(flag(Settings.joined(two)).list("a.b", List.of())).isEqualTo(two);
    assertThat(flag(Settings.joined(List.of())).list("a.b", List.of("x"))).isEmpty();
    assertThat(flag(Settings.joined(two)).map("a.b", Map.of()))
        .containsExactly(Map.entry("ocr", "tesseract -l deu,eng"), Map.entry("sum", "sha256sum"));
  }

  @Test
  void shouldTakePairsWhenAMappingIsGivenAsText() {
    assertThat(variable("zone=eu, disk = ssd ,url=http://x/?a=b,empty=").map("a.b", Map.of()))
        .containsExactly(
            Map.entry("zone", "eu"),
            Map.entry("disk", "ssd"),
            Map.entry("url", "http://x/?a=b"),
            Map.entry("empty", ""));
    assertThat(variable("").map("a.b", Map.of("x", "y"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"zone", "zone=eu,disk", "=eu", "zone=eu,zone=us"})
  void shouldRefusePairsWhenOneIsNoneOrAppearsTwice(String text) {
    assertThatThrownBy(() -> variable(text).map("a.b", Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "a.b is \"%s\" (REEFMESH_A_B): it must be KEY=VALUE pairs with commas or line breaks"
                    .formatted(text)
                + " between them, each key once");
  }

  @Test
  void shouldAnswerAgainWhenAskedTwice() {
    Settings settings = flag("5");
    assertThat(settings.integer("a.b", 0, 0, 9)).isEqualTo(settings.integer("a.b", 0, 0, 9));
    settings.finish();
  }
}
