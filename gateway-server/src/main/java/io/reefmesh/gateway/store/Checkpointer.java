package io.reefmesh.gateway.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Copies the WAL into the file beside the commits, on a thread and a connection of its own.
 *
 * <p>SQLite would do it inside a commit, which then takes tens of milliseconds. Beside the commits
 * it costs them little, but the WAL can begin anew only when all of it has been copied at a moment
 * when nobody writes, and under steady load that moment never comes. So once the WAL has grown to
 * its bound this class asks the writer, which does the rest between two commits: by then nearly
 * everything has been copied, and what is left is what came in since the last look. A reader that
 * still looks at an older state is in the way: the writer waits for it a moment only, and if that
 * is in vain (somebody makes a backup) the WAL may grow by half its bound before the writer is
 * asked again.
 *
 * <p>When little is written, the WAL is left alone until there is something worth copying.
 */
final class Checkpointer implements AutoCloseable {

  private static final int CLOSE_SECONDS = 10;

  private final Connection connection;
  private final SqliteFile file;
  private final SqliteOptions options;
  private final StoreHealth health;
  private final ScheduledExecutorService thread;
  private volatile boolean startOverWanted;

  /** Owned by the writer while it is wanted, by this class's thread while it is not. */
  private int startOverAtPages;

  /** Owned by the writer, read here. */
  private volatile long commits;

  /** Owned by this class's thread. */
  private long commitsSeen;

  Checkpointer(Connection connection, SqliteFile file, SqliteOptions options, StoreHealth health) {
    this.connection = connection;
    this.file = file;
    this.options = options;
    this.health = health;
    this.startOverAtPages = options.walPages();
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread made = new Thread(work, "reefmesh-checkpoint");
              made.setDaemon(true);
              return made;
            });
  }

  void start() {
    long interval = options.checkpointIntervalMillis();
    var unused =
        thread.scheduleWithFixedDelay(this::look, interval, interval, TimeUnit.MILLISECONDS);
  }

  /** By the writer, after each commit. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only the engine's thread writes it
  void committed() {
    commits++;
  }

  /** By the writer, before a commit: whether it should let the WAL begin anew. */
  boolean isStartOverWanted() {
    return startOverWanted;
  }

  /** By the writer, after it tried. */
  void startedOver(WalState wal) {
    startOverAtPages = wal.complete() ? options.walPages() : wal.pages() + options.walPages() / 2;
    startOverWanted = false;
  }

  /** Copies if there is enough to copy. On this class's thread, or a test's in its place. */
  void look() {
    long now = commits;
    if (now == commitsSeen || startOverWanted || health.isBroken()) {
      return;
    }
    commitsSeen = now;
    try {
      copy();
    } catch (SQLException e) {
      health.broke(StoreErrors.of(file.path(), e));
    } catch (RuntimeException e) {
      health.broke(StoreErrors.unexpected(e));
    }
  }

  private void copy() throws SQLException {
    WalState wal = WalState.checkpoint(connection, "NOOP");
    if (wal.waiting() < options.checkpointPages()) {
      return;
    }
    wal = WalState.checkpoint(connection, "PASSIVE");
    startOverWanted = wal.pages() >= startOverAtPages;
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      // It only copied: the WAL still has everything.
    }
  }
}
