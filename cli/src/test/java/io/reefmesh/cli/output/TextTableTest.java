package io.reefmesh.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TextTableTest {

  @Test
  void shouldAlignColumnsAndPutNumbersAtTheRight() {
    // given
    TextTable table = new TextTable("NODE", "TASKS", "LOAD").row("a", 7, "5 %");

    // when
    table.row("longer-name", 1234, "-");

    // then
    assertThat(table.render())
        .isEqualTo(
            """
            NODE         TASKS  LOAD
            a                7   5 %
            longer-name   1234     -
            """);
  }

  @Test
  void shouldKeepTextAtTheLeftWhenOneCellIsNoNumber() {
    assertThat(new TextTable("A", "B").row("1", "x").row("n/a", "y").render())
        .isEqualTo("A    B\n1    x\nn/a  y\n");
  }

  @Test
  void shouldShowOnlyTheHeaderWhenThereAreNoRows() {
    assertThat(new TextTable("ID", "STATE").render()).isEqualTo("ID  STATE\n");
  }

  @Test
  void shouldNotLetDataDriveTheTerminal() {
    assertThat(new TextTable("ID").row("a\u001b[31m\nb\u202ec").render())
        .isEqualTo("ID\na?[31m?b?c\n");
  }

  @Test
  void shouldRefuseARowOfAnotherWidth() {
    assertThatThrownBy(() -> new TextTable("ID").row("a", "b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 cells")
        .hasMessageContaining("1 columns");
  }
}
