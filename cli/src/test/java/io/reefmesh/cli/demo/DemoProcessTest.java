package io.reefmesh.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.cli.ReefmeshCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo as people run it: a process with processes of its own. Small, but all of it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class DemoProcessTest {

  @TempDir Path folder;

  @Test
  void shouldBeRightLeaveNothingBehindAndStopOnDemand() throws Exception {
    // given
    Path files = Files.createDirectories(folder.resolve("files"));
    for (int i = 0; i < 9; i++) {
      Files.writeString(files.resolve("file-" + i), "content " + i);
    }
    Path temporary = Files.createDirectories(folder.resolve("tmp"));

    // when the work is done and the mesh stays up
    Process demo = start(temporary, files);
    JsonNode report;
    List<ProcessHandle> children;
    try (BufferedReader out = demo.inputReader(StandardCharsets.UTF_8)) {
      report = new ObjectMapper().readTree(String.valueOf(out.readLine()));
      children = new ArrayList<>(demo.descendants().toList());
      demo.destroy();
      assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    // then
    String notes = Files.readString(folder.resolve("notes"));
    assertThat(demo.exitValue()).as(notes).isZero();
    assertThat(report.get("ok").asBoolean()).as(notes).isTrue();
    assertThat(report.get("tasks").asInt()).isEqualTo(60);
    assertThat(report.get("succeeded").asInt()).isEqualTo(60);
    assertThat(report.get("killedNode").asText()).isEqualTo("node-2");
    assertThat(notes).contains("SIGKILL").contains("is back in the mesh");
    assertThat(children).hasSizeGreaterThanOrEqualTo(3).noneMatch(ProcessHandle::isAlive);
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("reefmesh-demo")))
          .isEmpty();
    }
  }

  private Process start(Path temporary, Path files) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            ReefmeshCommand.class.getName(),
            "demo",
            files.toString(),
            "--tasks=60",
            "--nodes=2",
            "--json",
            "--keep");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("notes").toFile());
    builder.environment().remove("OPENAI_BASE_URL");
    return builder.start();
  }
}
