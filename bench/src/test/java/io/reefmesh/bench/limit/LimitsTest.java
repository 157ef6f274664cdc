package io.reefmesh.bench.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.bench.load.ClosedLoop;
import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.load.Window;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LimitsTest {

  @TempDir Path folder;

  @Test
  void shouldHaveEveryEndedLifeInTheDatabaseWhenItStops() throws Exception {
    Figures figures;
    try (SqliteLifecycle sqlite = new SqliteLifecycle(folder, 300)) {
      figures = new ClosedLoop(sqlite, 64).run(Duration.ZERO, Duration.ofMillis(300), Window.NONE);
    }

    Path file;
    try (var files = Files.list(folder)) {
      file = files.filter(path -> path.toString().endsWith(".db")).findFirst().orElseThrow();
    }
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var rows =
            connection
                .createStatement()
                .executeQuery(
                    "SELECT count(*), sum(state = 3 AND length(payload) = 300 AND"
                        + " length(result) = 300) FROM task")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getLong(1)).isEqualTo(rows.getLong(2));
      assertThat(rows.getLong(1)).isGreaterThanOrEqualTo(figures.done()).isPositive();
    }
  }

  @Test
  void shouldWriteEveryRecordWhenLogStops() throws Exception {
    Figures figures;
    try (FsyncLog log = new FsyncLog(folder, 300)) {
      figures = new ClosedLoop(log, 16).run(Duration.ZERO, Duration.ofMillis(200), Window.NONE);
    }

    try (var files = Files.list(folder)) {
      Path file = files.findFirst().orElseThrow();
      assertThat(Files.size(file) % 300).isZero();
      assertThat(Files.size(file) / 300).isGreaterThanOrEqualTo(figures.done()).isPositive();
    }
  }
}
