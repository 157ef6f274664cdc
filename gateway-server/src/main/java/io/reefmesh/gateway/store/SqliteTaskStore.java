package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The store of a single gateway: one SQLite file, {@code reefmesh.db}, in a folder that this
 * process alone may use.
 *
 * <p><b>Durability.</b> WAL with {@code synchronous=FULL}: when a commit's stage completes, the
 * commit has been flushed to the disk. The commit runs on the caller's thread, so the stage that
 * {@link #commit} returns is always complete. All of a batch is one transaction of multi-row
 * inserts; its first statement checks the epoch and moves the clock.
 *
 * <p><b>Size.</b> The WAL is kept near 64 MiB ({@link Checkpointer} tells how). Room in the file
 * that retention frees is used again before the file grows; the file does not shrink by itself
 * ({@code auto_vacuum} is off, since moving pages would cost the engine's thread and the order of
 * rows on the disk). {@code VACUUM}, while the gateway is stopped, makes it small. There are no
 * secondary indexes, hence nothing that {@code PRAGMA optimize} could help.
 *
 * <p><b>Backup.</b> While it runs: {@code sqlite3 reefmesh.db "VACUUM INTO 'copy.db'"}. The file
 * alone is not a copy, its {@code -wal} belongs to it.
 *
 * <p>Threads: as {@link TaskStore} says; {@link #close} may be called by any.
 */
public final class SqliteTaskStore implements TaskStore {

  /** Two reads of history at a time leave the processors to the engine. */
  private static final int READERS = 2;

  private final FolderLock lock;
  private final SqliteFile file;
  private final StoreHealth health = new StoreHealth();
  private final SqliteWriter writer;
  private final ReaderPool readers;

  /** Of its own: who waits for a payload does not wait for lists. */
  private final ReaderPool payloadReader;

  private final Checkpointer checkpointer;
  private final LatelyEnded lately = new LatelyEnded();

  /** A write that is one transaction. */
  private interface Writing<T> {
    T run() throws SQLException, DamagedRowException;
  }

  private SqliteTaskStore(FolderLock lock, SqliteFile file, SqliteOptions options)
      throws SQLException {
    this.lock = lock;
    this.file = file;
    this.writer = new SqliteWriter(file.openWriter(), options.busyMillis());
    this.readers = new ReaderPool(file, health, READERS);
    this.payloadReader = new ReaderPool(file, health, READERS);
    this.checkpointer = new Checkpointer(file.openCheckpointer(), file, options, health);
  }

  /**
   * Opens the store of a data folder, making both if they are missing.
   *
   * @throws StoreException NOT_WRITABLE, LOCKED, NEWER_SCHEMA, CORRUPT, DISK_FULL or BROKEN
   */
  public static SqliteTaskStore open(Path dataDir) {
    return open(dataDir, SqliteOptions.DEFAULT);
  }

  static SqliteTaskStore open(Path dataDir, SqliteOptions options) {
    FolderLock lock = FolderLock.take(dataDir);
    SqliteTaskStore store = null;
    SqliteFile file = new SqliteFile(lock.folder(), options);
    try {
      file.prepare();
      store = new SqliteTaskStore(lock, file, options);
      store.checkpointer.start();
      return store;
    } catch (SQLException e) {
      throw StoreErrors.of(file.path(), e);
    } finally {
      if (store == null) {
        file.closeAll();
        lock.close();
      }
    }
  }

  /** For tests that are its clock. */
  Checkpointer checkpointer() {
    return checkpointer;
  }

  @Override
  public String name() {
    return "sqlite";
  }

  @Override
  public WriteLease acquire() {
    return write(writer::acquire);
  }

  @Override
  public long load(WriteLease lease, long requestIdsFromMillis, LoadSink sink) {
    return write(() -> writer.load(lease, requestIdsFromMillis, sink));
  }

  @Override
  public CompletionStage<Void> commit(WriteLease lease, List<Mutation> mutations, long nowMillis) {
    try {
      write(
          () -> {
            letWalStartOver();
            writer.commit(lease, mutations, nowMillis);
            return true;
          });
      checkpointer.committed();
      lately.committed(mutations, nowMillis);
      return CompletableFuture.completedFuture(null);
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void letWalStartOver() throws SQLException {
    if (checkpointer.isStartOverWanted()) {
      checkpointer.startedOver(writer.startWalOver());
    }
  }

  @Override
  public @Nullable StoredTask endedLately(TaskId id) {
    return lately.find(id);
  }

  @Override
  public Map<TaskId, StoredTask> read(Collection<TaskId> ids) {
    return readers.read(reader -> reader.read(ids));
  }

  @Override
  public Map<TaskId, ByteString> payloads(Collection<TaskId> ids) {
    return payloadReader.read(reader -> reader.payloads(ids));
  }

  @Override
  public TaskQuery.Page list(TaskQuery query) {
    return readers.read(reader -> reader.list(query));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Oldest by creation. Looks at no more than 5,000 ended tasks a call and goes on where it
   * stopped, so 0 may be returned although a later call will find more.
   */
  @Override
  public int expire(WriteLease lease, long finishedBeforeMillis, long keepAtMost, int limit) {
    List<Long> forgotten =
        write(
            () -> {
              letWalStartOver();
              return writer.expire(lease, finishedBeforeMillis, keepAtMost, limit);
            });
    if (!forgotten.isEmpty()) {
      lately.forget(forgotten);
      checkpointer.committed();
    }
    return forgotten.size();
  }

  /** Any failure is final: what a broken write has left is known only after opening anew. */
  private synchronized <T> T write(Writing<T> writing) {
    health.checkWritable();
    try {
      return writing.run();
    } catch (SQLException e) {
      throw failed(StoreErrors.of(file.path(), e));
    } catch (DamagedRowException e) {
      throw failed(StoreErrors.corrupt(file.path(), "is damaged (" + e.getMessage() + ")", e));
    } catch (StoreException e) {
      throw failed(e);
    } catch (RuntimeException e) {
      throw failed(StoreErrors.unexpected(e));
    } catch (Error e) {
      failed(StoreErrors.unexpected(e));
      throw e;
    }
  }

  private StoreException failed(StoreException e) {
    try {
      writer.rollback();
    } catch (SQLException rollback) {
      // SQLite has rolled back by itself after some failures, and says so here.
    }
    return health.broke(e);
  }

  @Override
  public synchronized void close() {
    if (!health.close()) {
      return;
    }
    try {
      checkpointer.close();
      readers.close();
      payloadReader.close();
      if (!health.isBroken()) {
        writer.checkpoint();
      }
    } catch (SQLException e) {
      // The WAL stays; the next start reads it.
    } finally {
      closeWriter();
      lock.close();
    }
  }

  private void closeWriter() {
    try {
      writer.close();
    } catch (SQLException e) {
      // Every acknowledged commit is on the disk already.
    }
  }
}
