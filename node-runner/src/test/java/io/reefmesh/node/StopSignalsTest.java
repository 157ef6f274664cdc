package io.reefmesh.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Signals to a real process. */
@Timeout(120)
@EnabledOnOs({OS.LINUX, OS.MAC})
final class StopSignalsTest {

  private static final long PATIENCE_SECONDS = 30;

  @Test
  void shouldLetWorkGoOnAfterTheFirstSignalAndHandItBackAfterTheSecond() throws Exception {
    try (OneTaskGateway gateway = new OneTaskGateway("endless")) {
      Process process = launch(gateway.address());
      try (BufferedReader out = process.inputReader()) {
        assertThat(out.readLine()).isEqualTo("ready");
        gateway.accepted.get(PATIENCE_SECONDS, TimeUnit.SECONDS);

        process.toHandle().destroy();
        gateway.leaving.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(gateway.left).isNotDone();
        assertThat(process.isAlive()).isTrue();

        process.toHandle().destroy();
        gateway.left.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(out.readLine()).isEqualTo("stopped");
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(gateway.finished).isNotDone();
      } finally {
        process.destroyForcibly();
      }
    }
  }

  private static Process launch(String gateway) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            SignalledNode.class.getName(),
            gateway)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
