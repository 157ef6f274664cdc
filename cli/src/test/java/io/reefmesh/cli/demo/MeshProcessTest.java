package io.reefmesh.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reefmesh.cli.CommandException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MeshProcessTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path folder;

  @Test
  void shouldReadTheReadyLineAndKill() throws InterruptedException {
    // given
    MeshProcess process =
        start("echo noise; echo 'reefmesh node ready: id=n1 grpc=h:1'; exec sleep 60");

    // when
    String id = process.awaitReady(LIMIT).facts().get("id");
    process.kill();

    // then
    assertThat(id).isEqualTo("n1");
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void shouldShowTheEndOfTheLogWhenItEndsBeforeItIsReady() {
    MeshProcess process = start("echo first >&2; echo 'the port is taken' >&2; exit 3");
    assertThatThrownBy(() -> process.awaitReady(LIMIT))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("node-1 ended before it was ready")
        .hasMessageContaining("the port is taken")
        .hasMessageContaining("node-1.log");
  }

  @Test
  void shouldKillWhatDoesNotStopInTime() {
    MeshProcess process = start("trap '' TERM; echo 'reefmesh node ready: id=n'; sleep 60");
    process.terminate();
    process.awaitEnd(Duration.ofMillis(50));
    process.awaitEnd(LIMIT);
    assertThat(process.isAlive()).isFalse();
  }

  private MeshProcess start(String script) {
    return MeshProcess.start("node-1", List.of("sh", "-c", script), folder.resolve("node-1.log"));
  }
}
