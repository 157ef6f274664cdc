package io.reefmesh.gateway.store;

import static io.reefmesh.gateway.store.Sample.submitted;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The WAL is copied beside the commits and stays small. */
@Timeout(120)
final class CheckpointerTest {

  private static final long PAGE = 4_096;
  private static final int WAL_PAGES = 200;

  /** Never looks by itself: the test is its clock. */
  private static final SqliteOptions BY_HAND =
      SqliteOptions.DEFAULT.withCheckpoints(20, WAL_PAGES, 3_600_000);

  @TempDir Path folder;

  private int committed;

  private void commit(SqliteTaskStore store, WriteLease lease) {
    store
        .commit(
            lease,
            List.of(submitted(committed++, Sample.body("some bytes ".repeat(1_000)))),
            Sample.START)
        .toCompletableFuture()
        .join();
  }

  private long walBytes() throws Exception {
    return Files.size(folder.resolve("reefmesh.db-wal"));
  }

  private long dbBytes() throws Exception {
    return Files.size(folder.resolve("reefmesh.db"));
  }

  private String url() {
    return "jdbc:sqlite:" + folder.resolve("reefmesh.db");
  }

  /** From here to the end of the transaction it looks at one state. */
  private void beginReading(Statement statement) throws Exception {
    statement.execute("BEGIN");
    try (ResultSet row = statement.executeQuery("SELECT count(*) FROM task")) {
      assertThat(row.getInt(1)).isEqualTo(committed);
    }
  }

  @Test
  void shouldKeepWalNearItsBoundWhenSomeIsAlwaysLeftToCopy() throws Exception {
    // given: as under steady load, each look finds something that it cannot copy yet
    try (SqliteTaskStore store = SqliteTaskStore.open(folder, BY_HAND);
        Connection reader = DriverManager.getConnection(url());
        Statement statement = reader.createStatement()) {
      WriteLease lease = store.acquire();
      long largest = 0;

      // when
      for (int i = 0; i < 200; i++) {
        commit(store, lease);
        beginReading(statement);
        commit(store, lease);
        store.checkpointer().look();
        statement.execute("COMMIT");
        largest = Math.max(largest, walBytes());
      }

      // then
      assertThat(dbBytes()).as("much more was written").isGreaterThan(5 * WAL_PAGES * PAGE);
      assertThat(largest).isLessThan(2 * WAL_PAGES * PAGE);
    }
  }

  @Test
  void shouldGrowWithoutBoundWhenNobodyLooks() throws Exception {
    // given: what the test above would see without this class
    try (SqliteTaskStore store = SqliteTaskStore.open(folder, BY_HAND)) {
      WriteLease lease = store.acquire();

      // when
      for (int i = 0; i < 200; i++) {
        commit(store, lease);
      }

      // then
      assertThat(walBytes()).isGreaterThan(2 * WAL_PAGES * PAGE);
    }
  }

  @Test
  void shouldGoOnWhenReaderKeepsWalFromStartingOver() throws Exception {
    // given
    try (SqliteTaskStore store = SqliteTaskStore.open(folder, BY_HAND)) {
      WriteLease lease = store.acquire();
      commit(store, lease);
      try (Connection backup = DriverManager.getConnection(url());
          Statement statement = backup.createStatement()) {
        beginReading(statement);

        // when
        for (int i = 0; i < 100; i++) {
          commit(store, lease);
          store.checkpointer().look();
        }
        assertThat(walBytes()).isGreaterThan(WAL_PAGES * PAGE);
        statement.execute("COMMIT");
      }

      // then
      while (walBytes() > WAL_PAGES * PAGE) {
        assertThat(committed).as("it should have started over").isLessThan(5_000);
        commit(store, lease);
        store.checkpointer().look();
      }
    }
  }

  @Test
  void shouldLeaveLittleWalAlone() throws Exception {
    // given
    try (SqliteTaskStore store = SqliteTaskStore.open(folder, BY_HAND)) {
      WriteLease lease = store.acquire();
      long before = dbBytes();

      // when
      commit(store, lease);
      store.checkpointer().look();

      // then
      assertThat(dbBytes()).isEqualTo(before);
    }
  }

  @Test
  void shouldCopyBesideTheCommitsByItself() throws Exception {
    // given
    SqliteOptions options = SqliteOptions.DEFAULT.withCheckpoints(20, 1_000_000, 5);
    try (SqliteTaskStore store = SqliteTaskStore.open(folder, options)) {
      WriteLease lease = store.acquire();
      long before = dbBytes();

      // when
      while (dbBytes() == before) {
        commit(store, lease);
      }

      // then
      assertThat(store.list(Sample.ALL).tasks()).isNotEmpty();
    }
  }

  @Test
  void shouldLeaveOneFileWhenClosed() throws Exception {
    // when
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      commit(store, store.acquire());
    }

    // then
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("reefmesh.db", "reefmesh.lock");
    }
  }
}
