package io.reefmesh.gateway.store;

import io.reefmesh.gateway.store.StoreException.Kind;
import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A fixed number of read connections, lent to one thread at a time. A thread that finds none waits,
 * up to 30 seconds. Thread-safe.
 */
final class ReaderPool implements AutoCloseable {

  private static final int WAIT_SECONDS = 30;

  private final SqliteFile file;
  private final StoreHealth health;
  private final BlockingQueue<SqliteReader> idle;

  /** What to do with a reader. */
  interface Reading<T> {
    T from(SqliteReader reader) throws SQLException, DamagedRowException;
  }

  ReaderPool(SqliteFile file, StoreHealth health, int readers) throws SQLException {
    this.file = file;
    this.health = health;
    this.idle = new ArrayBlockingQueue<>(readers);
    boolean complete = false;
    try {
      for (int i = 0; i < readers; i++) {
        idle.add(new SqliteReader(file.openReader()));
      }
      complete = true;
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  <T> T read(Reading<T> reading) {
    SqliteReader reader = borrow();
    boolean done = false;
    try {
      health.checkOpen();
      T result = reading.from(reader);
      done = true;
      return result;
    } catch (SQLException e) {
      throw failed(StoreErrors.of(file.path(), e));
    } catch (DamagedRowException e) {
      throw failed(StoreErrors.corrupt(file.path(), "is damaged (" + e.getMessage() + ")", e));
    } finally {
      if (!done) {
        rollback(reader);
      }
      giveBack(reader);
    }
  }

  /** What is damaged must not be written to any more. */
  private StoreException failed(StoreException e) {
    return e.kind() == Kind.CORRUPT ? health.broke(e) : e;
  }

  private SqliteReader borrow() {
    health.checkOpen();
    try {
      SqliteReader reader = idle.poll(WAIT_SECONDS, TimeUnit.SECONDS);
      if (reader == null) {
        throw new StoreException(
            Kind.BROKEN,
            "all readers of "
                + file.path()
                + " were busy for "
                + WAIT_SECONDS
                + " s: ask again later, or for less");
      }
      return reader;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.BROKEN, "interrupted while waiting to read " + file.path(), e);
    }
  }

  private synchronized void giveBack(SqliteReader reader) {
    if (health.isClosed()) {
      closeQuietly(reader);
    } else {
      idle.add(reader);
    }
  }

  private static void rollback(SqliteReader reader) {
    try {
      reader.rollback();
    } catch (SQLException e) {
      // There was a failure before this one, and it is on its way to the caller.
    }
  }

  /** Closes those that are idle; the others are closed by whoever gives them back. */
  @Override
  public synchronized void close() {
    for (SqliteReader reader = idle.poll(); reader != null; reader = idle.poll()) {
      closeQuietly(reader);
    }
  }

  private static void closeQuietly(SqliteReader reader) {
    try {
      reader.close();
    } catch (SQLException e) {
      // It only read: nothing is lost.
    }
  }
}
