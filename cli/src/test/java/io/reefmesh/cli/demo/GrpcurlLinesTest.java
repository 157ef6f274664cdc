package io.reefmesh.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GrpcurlLinesTest {

  private static final Sha256Program PROGRAM = new Sha256Program(List.of("sha256sum"));

  @Test
  void shouldNameTheGatewayATaskAndAFileThatNeedsNoQuoting() throws Exception {
    // given
    List<HashedFile> files =
        List.of(new HashedFile(Path.of("/a b/it's"), ""), new HashedFile(Path.of("/a/b.txt"), ""));

    // when
    List<String> lines = GrpcurlLines.of("127.0.0.1:1234", PROGRAM, files, "0abc");

    // then
    assertThat(lines).hasSize(4).allMatch(line -> line.startsWith("grpcurl -plaintext "));
    assertThat(lines).allMatch(line -> line.contains(" 127.0.0.1:1234 "));
    JsonNode request = new ObjectMapper().readTree(lines.get(0).split("'", -1)[1]);
    assertThat(request.at("/spec/payload/json/argv/1").asText()).isEqualTo("/a/b.txt");
    assertThat(lines.get(1)).contains("{\"id\":\"0abc\"}").endsWith("TaskService/WatchTask");
  }

  @Test
  void shouldPingWhenNoFileCanBeNamedSafely() {
    List<HashedFile> files = List.of(new HashedFile(Path.of("/it's"), ""));
    assertThat(GrpcurlLines.of("h:1", PROGRAM, files, "0abc").get(0)).contains("\"type\":\"ping\"");
  }
}
