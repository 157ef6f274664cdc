package io.reefmesh.gateway.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The tables, and how older files come up to them.
 *
 * <p>{@code task} is written once, on submission. A task that is pushed at once, in the commit of
 * its submission, has that in the same row ({@code node_id}, {@code incarnation}, {@code
 * assigned_millis}); every other push, and the last requeue, is its row in {@code run}, which
 * counts from then on. {@code result} exists exactly for ended tasks and is written once. A task's
 * run stays beside its result: to delete it would cost every commit a page, to keep it costs some
 * bytes until the task is forgotten. {@code request_id} takes over the request ids of forgotten
 * tasks; until then they stand in their task's row. All tables are keyed by the task id, which is
 * time-ordered, so new rows go to the end of each table and nothing else is indexed. Columns that
 * filters need stand before the payload, which may fill pages of its own.
 *
 * <p>{@code meta} has one row: the epoch of the writer, the last durable time, and how many tasks
 * have ended and are still kept.
 *
 * <p>The version is SQLite's {@code user_version}; {@code application_id} tells the file apart from
 * other programs' databases.
 */
final class SqliteSchema {

  /** "REEF": at offset 68 of the file. */
  static final int APPLICATION_ID = 0x52454546;

  private static final List<String> VERSION_1 =
      List.of(
          """
          CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch INTEGER NOT NULL,
            durable_millis INTEGER NOT NULL
          ) STRICT""",
          "INSERT INTO meta VALUES (1, 0, 0)",
          """
          CREATE TABLE task (
            id INTEGER PRIMARY KEY,
            project TEXT NOT NULL,
            type TEXT NOT NULL,
            session TEXT,
            request_id TEXT,
            digest TEXT,
            retry_of INTEGER,
            content_type TEXT NOT NULL,
            spec BLOB NOT NULL,
            payload BLOB NOT NULL
          ) STRICT""",
          """
          CREATE TABLE run (
            id INTEGER PRIMARY KEY REFERENCES task (id),
            state INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            node_id TEXT,
            incarnation TEXT,
            assigned_millis INTEGER NOT NULL,
            queued_millis INTEGER,
            not_before_millis INTEGER NOT NULL,
            history BLOB
          ) STRICT""",
          """
          CREATE TABLE result (
            id INTEGER PRIMARY KEY REFERENCES task (id),
            finished_millis INTEGER NOT NULL,
            state INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            node_id TEXT,
            queued_millis INTEGER,
            failure BLOB,
            history BLOB,
            usage BLOB,
            content_type TEXT,
            payload BLOB
          ) STRICT""",
          """
          CREATE TABLE request_id (
            task_id INTEGER PRIMARY KEY,
            project TEXT NOT NULL,
            request_id TEXT NOT NULL,
            digest TEXT NOT NULL
          ) STRICT""");

  /** Version 2 counts ended tasks, so that retention need not. */
  private static void countEnded(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE meta ADD COLUMN ended INTEGER NOT NULL DEFAULT 0");
      statement.execute("UPDATE meta SET ended = (SELECT count(*) FROM result)");
    }
  }

  /** Version 3 has room for the first push in a task's row, before the payload. */
  private static void makeRoomForFirstPush(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE TABLE task_3 (
            id INTEGER PRIMARY KEY,
            project TEXT NOT NULL,
            type TEXT NOT NULL,
            session TEXT,
            node_id TEXT,
            incarnation TEXT,
            assigned_millis INTEGER,
            request_id TEXT,
            digest TEXT,
            retry_of INTEGER,
            content_type TEXT NOT NULL,
            spec BLOB NOT NULL,
            payload BLOB NOT NULL
          ) STRICT""");
      statement.execute(
          "INSERT INTO task_3 SELECT id, project, type, session, NULL, NULL, NULL, request_id,"
              + " digest, retry_of, content_type, spec, payload FROM task");
      statement.execute("DROP TABLE task");
      statement.execute("ALTER TABLE task_3 RENAME TO task");
    }
  }

  /** The steps from version 1 on: the first leads to version 2. */
  static final List<Migration> MIGRATIONS =
      List.of(SqliteSchema::countEnded, SqliteSchema::makeRoomForFirstPush);

  private SqliteSchema() {}

  /** One step of the schema forward, run inside a transaction. */
  interface Migration {
    void apply(Connection connection) throws SQLException;
  }

  /** The version that a list of migrations leads to. */
  static int version(List<Migration> migrations) {
    return 1 + migrations.size();
  }

  /** Fills an empty database with version 1. */
  static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA application_id = " + APPLICATION_ID);
      statement.execute("PRAGMA user_version = 1");
      for (String sql : VERSION_1) {
        statement.execute(sql);
      }
    }
    connection.commit();
  }

  /** Brings the database up to the version that the migrations lead to: all steps or none. */
  static void migrate(Connection connection, List<Migration> migrations) throws SQLException {
    int found = userVersion(connection);
    for (int version = found; version < version(migrations); version++) {
      migrations.get(version - 1).apply(connection);
    }
    if (found < version(migrations)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA user_version = " + version(migrations));
      }
    }
    connection.commit();
  }

  static int userVersion(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA user_version")) {
      row.next();
      return row.getInt(1);
    }
  }
}
