package io.reefmesh.gateway.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.reefmesh.gateway.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/**
 * The database file: made whole or not at all, judged by its header before SQLite may touch it, and
 * opened with the settings that each kind of connection needs.
 */
final class SqliteFile {

  private static final String NAME = "reefmesh.db";
  private static final String MAGIC = "SQLite format 3\0";
  private static final int HEADER_BYTES = 100;
  private static final int USER_VERSION_AT = 60;
  private static final int APPLICATION_ID_AT = 68;

  private static final int WRITER_CACHE_KIB = 65_536;
  private static final int READER_CACHE_KIB = 8_192;
  private static final long PAGE_BYTES = 4_096;

  /** As much as there is; SQLite takes less where it was built for less. */
  private static final long MAPPED_BYTES = 1L << 40;

  private final Path file;
  private final SqliteOptions options;
  private final List<Connection> opened = new ArrayList<>();

  SqliteFile(Path folder, SqliteOptions options) {
    this.file = folder.resolve(NAME);
    this.options = options;
  }

  Path path() {
    return file;
  }

  /**
   * Makes the file if there is none, refuses one that is not ours, and brings an older one up to
   * date. Needs the folder's lock; nothing else may have the file open.
   */
  void prepare() {
    try {
      if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
        refuseOrphanedWal();
        create();
      } else {
        checkHeader();
      }
    } catch (IOException e) {
      throw StoreErrors.notWritable(file, e);
    }
    try (Connection connection = open()) {
      checkVersion(SqliteSchema.userVersion(connection));
      useWal(connection);
      connection.setAutoCommit(false);
      SqliteSchema.migrate(connection, options.migrations());
    } catch (SQLException e) {
      throw StoreErrors.of(file, e);
    }
  }

  /** The engine's connection: every commit is on the disk when it returns. */
  Connection openWriter() throws SQLException {
    Connection connection = open();
    set(connection, "synchronous = FULL");
    set(connection, "wal_autocheckpoint = 0");
    set(connection, "journal_size_limit = " + options.walPages() * PAGE_BYTES);
    set(connection, "cache_size = -" + WRITER_CACHE_KIB);
    set(connection, "temp_store = MEMORY");
    set(connection, "foreign_keys = ON");
    if (options.maxPages() > 0) {
      set(connection, "max_page_count = " + options.maxPages());
    }
    connection.setAutoCommit(false);
    return connection;
  }

  /** A connection for history. */
  Connection openReader() throws SQLException {
    Connection connection = open();
    set(connection, "query_only = ON");
    set(connection, "cache_size = -" + READER_CACHE_KIB);
    set(connection, "temp_store = MEMORY");
    connection.setAutoCommit(false);
    return connection;
  }

  /** A connection that only copies the WAL into the file. */
  Connection openCheckpointer() throws SQLException {
    Connection connection = open();
    set(connection, "synchronous = FULL");
    set(connection, "wal_autocheckpoint = 0");
    return connection;
  }

  private void checkHeader() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw StoreErrors.corrupt(file, "is not a regular file");
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      while (header.hasRemaining() && channel.read(header) >= 0) {
        // read on
      }
    }
    if (header.hasRemaining()) {
      throw StoreErrors.corrupt(file, "is cut off (" + header.position() + " bytes)");
    }
    if (!new String(header.array(), 0, MAGIC.length(), US_ASCII).equals(MAGIC)) {
      throw StoreErrors.corrupt(file, "is not an SQLite database");
    }
    if (header.getInt(APPLICATION_ID_AT) != SqliteSchema.APPLICATION_ID) {
      throw StoreErrors.corrupt(file, "is the database of another program");
    }
    checkVersion(header.getInt(USER_VERSION_AT));
  }

  private void checkVersion(int found) {
    int known = SqliteSchema.version(options.migrations());
    if (found > known) {
      throw new StoreException(
          Kind.NEWER_SCHEMA,
          file
              + " was written by a newer reefmesh (schema "
              + found
              + "; this one knows "
              + known
              + "): run that version again, or name another data folder. The file was not changed");
    }
    if (found < 1) {
      throw StoreErrors.corrupt(file, "has no schema version");
    }
  }

  /** A WAL without its file holds tasks; a new file beside it would be mixed up with it. */
  private void refuseOrphanedWal() throws IOException {
    Path wal = file.resolveSibling(NAME + "-wal");
    if (Files.exists(wal) && Files.size(wal) > 0) {
      throw StoreErrors.corrupt(file, "is missing although " + wal.getFileName() + " is there");
    }
  }

  /** Under another name first, so that a file with the right name is always complete. */
  private void create() throws IOException {
    Path draft = file.resolveSibling(NAME + ".new");
    Files.deleteIfExists(draft);
    Files.deleteIfExists(file.resolveSibling(NAME + ".new-journal"));
    SQLiteConfig config = new SQLiteConfig();
    config.setPageSize((int) PAGE_BYTES);
    try (Connection connection = config.createConnection(url(draft))) {
      connection.setAutoCommit(false);
      SqliteSchema.create(connection);
    } catch (SQLException e) {
      throw StoreErrors.of(draft, e);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    syncFolder();
  }

  private void syncFolder() throws IOException {
    Path folder = file.getParent();
    if (folder == null || !folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private Connection open() throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    config.setBusyTimeout(options.busyMillis());
    // Else every insert is followed by a query for its row id.
    config.setGetGeneratedKeys(false);
    // Each connection is used by one thread at a time: SQLite's own locks would be for nothing.
    config.setOpenMode(SQLiteOpenMode.NOMUTEX);
    Connection connection = config.createConnection(url(file));
    opened.add(connection);
    return connection;
  }

  /** Closes whatever is open, after an attempt to open the store that failed half-way. */
  void closeAll() {
    for (Connection connection : opened) {
      try {
        connection.close();
      } catch (SQLException e) {
        // The failure that led here is on its way to the caller.
      }
    }
  }

  private void useWal(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        var row = statement.executeQuery("PRAGMA journal_mode = WAL")) {
      if (!row.next() || !"wal".equalsIgnoreCase(row.getString(1))) {
        throw new StoreException(
            Kind.NOT_WRITABLE,
            "the file system of "
                + file
                + " does not allow SQLite's WAL mode (a network share?): use a local disk");
      }
    }
  }

  /**
   * Reads by mapping the file instead of copying each page, which a walk through all of it gains
   * much from. Not for good: a disk that fails under a mapped file ends the process.
   */
  static void mapWhileReading(Connection connection, boolean map) throws SQLException {
    set(connection, "mmap_size = " + (map ? MAPPED_BYTES : 0));
  }

  static void waitWhenBusy(Connection connection, int millis) throws SQLException {
    set(connection, "busy_timeout = " + millis);
  }

  private static void set(Connection connection, String pragma) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA " + pragma);
    }
  }

  /** As a URI, so that no character of the path means anything to the driver. */
  private static String url(Path file) {
    return "jdbc:sqlite:file:" + file.toUri().getRawPath();
  }
}
