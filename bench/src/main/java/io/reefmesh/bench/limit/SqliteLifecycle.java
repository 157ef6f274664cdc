package io.reefmesh.bench.limit;

import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Outcome;
import io.reefmesh.bench.process.BenchException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.sqlite.SQLiteConfig;

/**
 * A task's durable life in SQLite and nothing else: insert, assign, complete, one row per
 * statement, each step durable (WAL, {@code synchronous=FULL}) before the next one of the same task
 * begins. What waits while one commit is under way shares the next. No code of the mesh takes part.
 */
public final class SqliteLifecycle implements Operation, AutoCloseable {

  private static final int STEPS = 3;

  private static final class Life {
    final long id;
    final Outcome outcome;
    int step;

    Life(long id, Outcome outcome) {
      this.id = id;
      this.outcome = outcome;
    }
  }

  private final byte[] payload;
  private final Connection connection;
  private final PreparedStatement insert;
  private final PreparedStatement assign;
  private final PreparedStatement complete;
  private final BlockingQueue<Life> waiting = new LinkedBlockingQueue<>();
  private final BlockingQueue<List<Life>> committed = new LinkedBlockingQueue<>();
  private final Thread writer = new Thread(this::write, "limit-sqlite-writer");
  private final Thread acks = new Thread(this::acknowledge, "limit-sqlite-acks");
  private final AtomicLong ids = new AtomicLong();

  /** Opens an empty database in that folder, and starts two threads. */
  public SqliteLifecycle(Path folder, int payloadBytes) {
    this.payload = new byte[payloadBytes];
    try {
      SQLiteConfig config = new SQLiteConfig();
      config.setJournalMode(SQLiteConfig.JournalMode.WAL);
      config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
      connection =
          DriverManager.getConnection(
              "jdbc:sqlite:" + folder.resolve("limit-" + System.nanoTime() + ".db"),
              config.toProperties());
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE task (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, node TEXT,"
                + " payload BLOB, result BLOB)");
      }
      connection.setAutoCommit(false);
      insert =
          connection.prepareStatement("INSERT INTO task (id, state, payload) VALUES (?, 1, ?)");
      assign = connection.prepareStatement("UPDATE task SET state = 2, node = ? WHERE id = ?");
      complete = connection.prepareStatement("UPDATE task SET state = 3, result = ? WHERE id = ?");
    } catch (SQLException e) {
      throw new BenchException("the limit's database cannot be made in " + folder, e);
    }
    writer.setDaemon(true);
    acks.setDaemon(true);
    writer.start();
    acks.start();
  }

  @Override
  public void start(long intendedNanos, Outcome outcome) {
    waiting.add(new Life(ids.incrementAndGet(), outcome));
  }

  private void write() {
    List<Life> batch = new ArrayList<>();
    try {
      while (true) {
        batch.add(waiting.take());
        waiting.drainTo(batch);
        for (Life life : batch) {
          step(life);
        }
        connection.commit();
        committed.add(batch);
        batch = new ArrayList<>();
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (SQLException e) {
      batch.forEach(life -> life.outcome.failed("SQLite: " + e.getMessage()));
    }
  }

  private void step(Life life) throws SQLException {
    switch (life.step) {
      case 0 -> {
        insert.setLong(1, life.id);
        insert.setBytes(2, payload);
        insert.executeUpdate();
      }
      case 1 -> {
        assign.setString(1, "node-1");
        assign.setLong(2, life.id);
        assign.executeUpdate();
      }
      default -> {
        complete.setBytes(1, payload);
        complete.setLong(2, life.id);
        complete.executeUpdate();
      }
    }
  }

  /** The callers' side, on a thread of its own, so that the next commit gathers meanwhile. */
  private void acknowledge() {
    try {
      while (true) {
        for (Life life : committed.take()) {
          if (++life.step < STEPS) {
            waiting.add(life);
          } else {
            life.outcome.done(System.nanoTime());
          }
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  @Override
  public void close() {
    writer.interrupt();
    acks.interrupt();
    try {
      writer.join();
      acks.join();
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      throw new BenchException("the limit's database cannot be closed: " + e.getMessage(), e);
    }
  }
}
