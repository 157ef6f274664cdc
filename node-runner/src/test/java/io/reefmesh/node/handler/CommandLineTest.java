package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CommandLineTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "python3 work.py          # python3/work.py",
        "`  a\t b  `              # a/b",
        "a 'b  c' d               # a/b  c/d",
        "a \"b 'c' d\"            # a/b 'c' d",
        "a \"b\\\"c\\\\d\\e\"     # a/b\"c\\d\\e",
        "a 'b\\c'                 # a/b\\c",
        "a\\ b c                  # a b/c",
        "a'b'\"c\"d e             # abcd/e",
        "echo $HOME * | ; &&      # echo/$HOME/*/|/;/&&",
      })
  void shouldSplitAsDocumented(String text, String expected) {
    assertThat(CommandLine.split(text)).isEqualTo(List.of(expected.split("/", -1)));
  }

  @Test
  void shouldKeepAnEmptyArgumentWhenItIsQuoted() {
    assertThat(CommandLine.split("a '' \"\"")).containsExactly("a", "", "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "``      # names no program",
        "`  `    # names no program",
        "'' a    # names no program",
        "a 'b    # has a ' that is not closed",
        "a \"b   # has a \" that is not closed",
        "a \\    # ends with a backslash",
      })
  void shouldSayWhatIsWrongWhenItCannotBeSplit(String text, String complaint) {
    assertThatThrownBy(() -> CommandLine.split(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(complaint);
  }
}
