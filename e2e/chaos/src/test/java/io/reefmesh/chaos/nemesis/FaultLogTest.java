package io.reefmesh.chaos.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.chaos.history.Finding;
import io.reefmesh.chaos.history.Findings;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which faults were alone, and what is no recovery. */
final class FaultLogTest {

  @TempDir Path folder;

  @Test
  void shouldTellFaultsThatOverlapFromThoseThatWereAlone() {
    try (FaultLog log = new FaultLog(folder.resolve("faults.log"), new Findings())) {
      log.add(FaultKind.NODE_KILL, "n1", 0, 100, Duration.ofNanos(50));
      log.add(FaultKind.LINK_CUT, "n2", 150, 150, Duration.ofNanos(10));
      log.add(FaultKind.LINK_CUT, "n3", 161, 170, Duration.ZERO);

      assertThat(log.entries())
          .extracting(FaultLog.Entry::alone)
          .containsExactly(false, false, true);
      assertThat(log.count(FaultKind.LINK_CUT)).isEqualTo(2);
    }
  }

  @Test
  void shouldFindAMissingRecovery() {
    Findings findings = new Findings();
    try (FaultLog log = new FaultLog(folder.resolve("faults.log"), findings)) {
      log.neverRecovered(FaultKind.LINK_CUT, "n1", Duration.ofSeconds(45));
    }

    assertThat(findings.all()).extracting(Finding::rule).containsExactly("recovery");
  }
}
