package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CapabilityTableTest {

  @ParameterizedTest
  @CsvSource({
    "agent-turn, llm",
    "tool-execution, tools",
    "memory-search, memory",
    "image-analysis, vision",
    "speech-transcription, speech"
  })
  void shouldRequireWhatTheTypeNeedsWhenItIsCommon(String type, String capability) {
    assertThat(CapabilityTable.DEFAULT.of(type)).containsExactly(capability);
  }

  @Test
  void shouldRequireNothingWhenTheTypeIsNotInTheTable() {
    assertThat(CapabilityTable.DEFAULT.of("ping")).isEmpty();
    assertThat(CapabilityTable.DEFAULT.of("")).isEmpty();
    assertThat(CapabilityTable.DEFAULT.of("Agent-Turn")).isEmpty();
  }

  @Test
  void shouldAddAndReplaceWhenTypesAreGiven() {
    // given, when
    CapabilityTable table =
        CapabilityTable.DEFAULT.with(
            Map.of(
                "agent-turn", ImmutableSortedSet.of("llm", "gpu"),
                "tool-execution", ImmutableSortedSet.of(),
                "ocr", ImmutableSortedSet.of("vision", "cpu")));
    // then
    assertThat(table.of("agent-turn")).containsExactly("gpu", "llm");
    assertThat(table.of("tool-execution")).isEmpty();
    assertThat(table.of("ocr")).containsExactly("cpu", "vision");
    assertThat(table.of("memory-search")).containsExactly("memory");
    assertThat(CapabilityTable.DEFAULT.of("agent-turn")).containsExactly("llm");
    assertThat(table.with(Map.of("ocr", ImmutableSortedSet.of())).of("ocr")).isEmpty();
  }
}
