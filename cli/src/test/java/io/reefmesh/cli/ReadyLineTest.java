package io.reefmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReadyLineTest {

  @Test
  void shouldReadBackWhatItWrites() {
    // given
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("id", "gw-1");
    facts.put("grpc", "127.0.0.1:7420");

    // when
    String line = new ReadyLine("gateway", facts).format();

    // then
    assertThat(line).isEqualTo("reefmesh gateway ready: id=gw-1 grpc=127.0.0.1:7420");
    assertThat(ReadyLine.parse(line)).contains(new ReadyLine("gateway", facts));
  }

  @Test
  void shouldStayOneLineWhateverTheFactsHold() {
    assertThat(new ReadyLine("gateway", Map.of("data", "/a\nb c")).format())
        .isEqualTo("reefmesh gateway ready: data=/a?b c");
  }

  @Test
  void shouldNotReadOtherLines() {
    assertThat(ReadyLine.parse("")).isEmpty();
    assertThat(ReadyLine.parse("ready: id=x")).isEmpty();
    assertThat(ReadyLine.parse("reefmesh gateway stopped")).isEmpty();
  }
}
