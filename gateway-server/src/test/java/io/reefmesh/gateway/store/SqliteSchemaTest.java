package io.reefmesh.gateway.store;

import static io.reefmesh.gateway.store.Sample.id;
import static io.reefmesh.gateway.store.Sample.submitted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.store.SqliteSchema.Migration;
import io.reefmesh.gateway.store.StoreException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of older and newer versions. */
final class SqliteSchemaTest {

  @TempDir Path folder;

  private final List<String> steps = new ArrayList<>();
  private final Migration addRegion = step("two", "ALTER TABLE task ADD COLUMN region TEXT");
  private final Migration fillRegion = step("three", "UPDATE task SET region = 'here'");

  private Migration step(String name, String sql) {
    return connection -> {
      steps.add(name);
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    };
  }

  @BeforeEach
  void fill() {
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      store
          .commit(store.acquire(), List.of(submitted(1)), Sample.START)
          .toCompletableFuture()
          .join();
    }
  }

  private SqliteTaskStore open(Migration... migrations) {
    return SqliteTaskStore.open(folder, with(migrations));
  }

  /** The steps that there are, and some of the future. */
  private static SqliteOptions with(Migration... migrations) {
    List<Migration> steps = new ArrayList<>(SqliteSchema.MIGRATIONS);
    steps.addAll(List.of(migrations));
    return SqliteOptions.DEFAULT.withMigrations(steps);
  }

  private static String version(int stepsAhead) {
    return String.valueOf(SqliteSchema.version(SqliteSchema.MIGRATIONS) + stepsAhead);
  }

  private String query(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("reefmesh.db"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? String.valueOf(row.getString(1)) : "no row";
    }
  }

  @Test
  void shouldBeginWithPresentVersion() throws Exception {
    assertThat(query("PRAGMA user_version")).isEqualTo(version(0));
  }

  @Test
  void shouldCountEndedTasksOfFileOfVersionOne(@TempDir Path other) throws Exception {
    // given
    SqliteOptions old = SqliteOptions.DEFAULT.withMigrations(List.of());
    new SqliteFile(other, old).prepare();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + other.resolve("reefmesh.db"));
        Statement statement = connection.createStatement()) {
      for (int id = 1; id <= 3; id++) {
        statement.execute(
            "INSERT INTO task VALUES (" + id + ", 'p', 't', NULL, NULL, NULL, NULL, '', x'', x'')");
        statement.execute(
            "INSERT INTO result VALUES ("
                + id
                + ", 1, 4, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
      }
    }

    // when
    try (SqliteTaskStore store = SqliteTaskStore.open(other)) {
      int forgotten = store.expire(store.acquire(), 0, 1, 10);

      // then
      assertThat(forgotten).isEqualTo(2);
    }
  }

  @Test
  void shouldReadTasksOfFileOfVersionTwo(@TempDir Path other) throws Exception {
    // given: a task that waits, one that runs, one that has ended
    SqliteOptions old = SqliteOptions.DEFAULT.withMigrations(SqliteSchema.MIGRATIONS.subList(0, 1));
    new SqliteFile(other, old).prepare();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + other.resolve("reefmesh.db"));
        Statement statement = connection.createStatement()) {
      for (int id = 1; id <= 3; id++) {
        statement.execute(
            "INSERT INTO task VALUES ("
                + id
                + ", 'p', 't', NULL, 'r', 'd', NULL, 'text/plain', x'', x'616263')");
      }
      statement.execute("INSERT INTO run VALUES (2, 2, 1, 'node-a', 'life', 5, NULL, 0, NULL)");
      statement.execute("INSERT INTO run VALUES (3, 2, 1, 'node-a', 'life', 5, NULL, 0, NULL)");
      statement.execute(
          "INSERT INTO result VALUES (3, 9, 4, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
    }

    // when
    try (SqliteTaskStore store = SqliteTaskStore.open(other)) {
      Map<TaskId, StoredTask> read =
          store.read(List.of(new TaskId(1), new TaskId(2), new TaskId(3)));

      // then
      List<StoredTask> tasks = new ArrayList<>(new TreeMap<>(read).values());
      assertThat(tasks)
          .extracting(StoredTask::state)
          .containsExactly(TaskState.QUEUED, TaskState.ASSIGNED, TaskState.SUCCEEDED);
      assertThat(tasks).extracting(StoredTask::nodeId).containsExactly(null, "node-a", "node-a");
      assertThat(tasks).extracting(StoredTask::incarnation).containsExactly(null, "life", null);
      assertThat(tasks)
          .extracting(task -> task.body().payload())
          .containsOnly(ByteString.copyFromUtf8("abc"));
      // then: rows without a task are still refused
      store.acquire();
      assertThatThrownBy(
              () ->
                  store
                      .commit(new WriteLease(1), List.of(Sample.cancelled(7, 1)), Sample.START)
                      .toCompletableFuture()
                      .join())
          .hasCauseInstanceOf(StoreException.class);
    }
  }

  @Test
  void shouldRunMissingStepsOnceAndInOrderWhenFileIsOlder() throws Exception {
    // when
    open(addRegion, fillRegion).close();
    open(addRegion, fillRegion).close();

    // then
    assertThat(steps).containsExactly("two", "three");
    assertThat(query("PRAGMA user_version")).isEqualTo(version(2));
    assertThat(query("SELECT region FROM task")).isEqualTo("here");
  }

  @Test
  void shouldRunLaterStepsOnlyWhenFileHasTheFirst() {
    // given
    open(addRegion).close();
    steps.clear();

    // when
    try (SqliteTaskStore store = open(addRegion, fillRegion)) {
      assertThat(store.read(List.of(id(1)))).hasSize(1);
    }

    // then
    assertThat(steps).containsExactly("three");
  }

  @Test
  void shouldRunAllStepsWhenFileIsNew(@TempDir Path other) {
    // when
    SqliteTaskStore.open(other, with(addRegion)).close();

    // then
    assertThat(steps).containsExactly("two");
  }

  @Test
  void shouldChangeNothingWhenStepFails() throws Exception {
    // given
    Migration broken = step("broken", "UPDATE nothing SET x = 1");

    // when
    assertThatThrownBy(() -> open(addRegion, broken)).isInstanceOf(StoreException.class);

    // then
    assertThat(query("PRAGMA user_version")).isEqualTo(version(0));
    assertThat(query("SELECT count(*) FROM pragma_table_info('task') WHERE name = 'region'"))
        .isEqualTo("0");
    open(addRegion, fillRegion).close();
  }

  @Test
  void shouldRefuseNewerFileAndLeaveItAlone() throws Exception {
    // given
    open(addRegion).close();
    byte[] before = Files.readAllBytes(folder.resolve("reefmesh.db"));

    // then
    assertThatThrownBy(() -> open())
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_SCHEMA))
        .hasMessageContaining("schema " + version(1))
        .hasMessageContaining("newer reefmesh");
    assertThat(folder.resolve("reefmesh.db")).hasBinaryContent(before);
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("reefmesh.db", "reefmesh.lock");
    }
  }

  @Test
  void shouldLeaveWalOfNewerFileAlone(@TempDir Path copy) throws Exception {
    // given: the newer version died with commits in its WAL
    try (SqliteTaskStore newer = open(addRegion)) {
      newer
          .commit(newer.acquire(), List.of(submitted(2)), Sample.START)
          .toCompletableFuture()
          .join();
      Files.copy(folder.resolve("reefmesh.db"), copy.resolve("reefmesh.db"));
      Files.copy(folder.resolve("reefmesh.db-wal"), copy.resolve("reefmesh.db-wal"));
    }
    byte[] wal = Files.readAllBytes(copy.resolve("reefmesh.db-wal"));

    // then
    assertThatThrownBy(() -> SqliteTaskStore.open(copy))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_SCHEMA));
    assertThat(wal).isNotEmpty();
    assertThat(copy.resolve("reefmesh.db-wal")).hasBinaryContent(wal);
  }

  @Test
  void shouldRefuseNewerFileWhenItsVersionIsOnlyInTheWal(@TempDir Path copy) throws Exception {
    // given: the newer version died before its migration reached the file
    try (SqliteTaskStore older = open()) {
      assertThat(older.name()).isEqualTo("sqlite");
      try (Connection newer =
              DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("reefmesh.db"));
          Statement statement = newer.createStatement()) {
        statement.execute("PRAGMA user_version = 9");
        Files.copy(folder.resolve("reefmesh.db"), copy.resolve("reefmesh.db"));
        Files.copy(folder.resolve("reefmesh.db-wal"), copy.resolve("reefmesh.db-wal"));
      }
    }

    // then
    assertThatThrownBy(() -> SqliteTaskStore.open(copy))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_SCHEMA));
  }
}
