package io.reefmesh.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which lines are errors. */
final class LogCheckTest {

  @TempDir Path folder;

  @Test
  void shouldFindErrorsAndDefectsInTheLogsOfProcesses() throws IOException {
    Files.writeString(folder.resolve("n1.log"), "10:00 ERROR [x] y it broke\n");
    Files.writeString(folder.resolve("gateway.log"), "10:00 WARN [x] a watch ends: incident 17\n");
    Files.writeString(folder.resolve("faults.log"), "10:00 ERROR [x] y not a process\n");

    assertThat(LogCheck.check(folder)).hasSize(2).allMatch(found -> found.rule().equals("log"));
  }

  @Test
  void shouldFindNothingWhenAGatewayOnlySaysThatItsDiskIsFull() throws IOException {
    Files.writeString(
        folder.resolve("gateway.log"),
        "10:00 ERROR [x] y the store failed, so the gateway stops: no room\n10:01 WARN [x] fine\n");

    assertThat(LogCheck.check(folder)).isEmpty();
  }
}
