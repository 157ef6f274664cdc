package io.reefmesh.node.handler;

import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Texts kept in one SQLite file, found again by their words (FTS5, ranked by BM25) or by their
 * meaning (every embedding of the shelf is compared, which suits tens of thousands). One call at a
 * time. Thread-safe.
 */
final class MemoryIndex {

  private static final Logger log = LoggerFactory.getLogger(MemoryIndex.class);
  private static final String FILE = "memory.db";

  /** More words than a question has; each costs a look-up. */
  private static final int MAX_WORDS = 64;

  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}\\p{M}]+");

  private static final List<String> SCHEMA =
      List.of(
          "PRAGMA journal_mode = WAL",
          "PRAGMA busy_timeout = 5000",
          "CREATE TABLE IF NOT EXISTS entry ("
              + "n INTEGER PRIMARY KEY, project TEXT NOT NULL, collection TEXT NOT NULL,"
              + " id TEXT NOT NULL, text TEXT NOT NULL, metadata TEXT NOT NULL,"
              + " model TEXT, embedding BLOB, UNIQUE (project, collection, id))",
          "CREATE VIRTUAL TABLE IF NOT EXISTS entry_words USING fts5("
              + "text, content='entry', content_rowid='n', tokenize='unicode61 remove_diacritics 2')",
          "CREATE TRIGGER IF NOT EXISTS entry_added AFTER INSERT ON entry BEGIN"
              + " INSERT INTO entry_words(rowid, text) VALUES (new.n, new.text); END",
          "CREATE TRIGGER IF NOT EXISTS entry_gone AFTER DELETE ON entry BEGIN"
              + " INSERT INTO entry_words(entry_words, rowid, text)"
              + " VALUES ('delete', old.n, old.text); END");

  /** Where an entry stands: what one project stored is never found by another. */
  record Shelf(String project, String collection) {}

  /** What is kept; {@code metadata} is a JSON object. */
  record Entry(String id, String text, String metadata) {}

  /** What was found; the higher the score, the better. */
  record Hit(Entry entry, double score) {}

  private final Path directory;
  private final int maxEntries;

  /** Guarded by this; null: not open. */
  private @Nullable Connection connection;

  MemoryIndex(Path directory, int maxEntries) {
    this.directory = directory;
    this.maxEntries = maxEntries;
  }

  synchronized void open() throws HandlerUnavailableException {
    if (connection != null) {
      return;
    }
    try {
      Files.createDirectories(directory);
      Connection opened = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve(FILE));
      try (Statement statement = opened.createStatement()) {
        for (String sql : SCHEMA) {
          statement.execute(sql);
        }
        connection = opened;
      } catch (SQLException e) {
        opened.close();
        throw e;
      }
    } catch (IOException | SQLException e) {
      throw new HandlerUnavailableException(
          "memory.dir " + directory + " cannot hold the memory: " + e.getMessage());
    }
  }

  synchronized void close() {
    Connection open = connection;
    connection = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (SQLException e) {
      log.warn("the memory in {} did not close well", directory, e);
    }
  }

  /** Keeps an entry in place of one with the same id; false if there is no room for a new one. */
  synchronized boolean put(Shelf shelf, Entry entry, Optional<Embedding> embedding)
      throws TaskFailedException {
    try {
      Connection open = open(connection);
      open.setAutoCommit(false);
      try {
        boolean replaced = delete(open, shelf, entry.id());
        if (!replaced && count(open) >= maxEntries) {
          return false;
        }
        insert(open, shelf, entry, embedding);
        open.commit();
        return true;
      } finally {
        open.rollback();
        open.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw broken(e);
    }
  }

  /** Forgets an entry; false if there was none. */
  synchronized boolean remove(Shelf shelf, String id) throws TaskFailedException {
    try {
      return delete(open(connection), shelf, id);
    } catch (SQLException e) {
      throw broken(e);
    }
  }

  /** Those that share words with a text, best first. */
  synchronized List<Hit> byWords(Shelf shelf, String text, int limit) throws TaskFailedException {
    String words =
        NO_WORD
            .splitAsStream(text)
            .filter(word -> !word.isEmpty())
            .distinct()
            .limit(MAX_WORDS)
            .map(word -> '"' + word + '"')
            .collect(Collectors.joining(" OR "));
    if (words.isEmpty()) {
      return List.of();
    }
    try (PreparedStatement find =
        open(connection)
            .prepareStatement(
                "SELECT e.id, e.text, e.metadata, -entry_words.rank FROM entry_words"
                    + " JOIN entry e ON e.n = entry_words.rowid"
                    + " WHERE entry_words MATCH ? AND e.project = ? AND e.collection = ?"
                    + " ORDER BY entry_words.rank, e.n LIMIT ?")) {
      find.setString(1, words);
      find.setString(2, shelf.project());
      find.setString(3, shelf.collection());
      find.setInt(4, limit);
      List<Hit> hits = new ArrayList<>();
      try (ResultSet rows = find.executeQuery()) {
        while (rows.next()) {
          hits.add(new Hit(entry(rows), rows.getDouble(4)));
        }
      }
      return hits;
    } catch (SQLException e) {
      throw broken(e);
    }
  }

  /**
   * Those whose meaning is nearest, best first; only what the same model understood.
   *
   * @throws InterruptedException if the thread is interrupted meanwhile
   */
  synchronized List<Hit> byMeaning(Shelf shelf, Embedding wanted, int limit)
      throws TaskFailedException, InterruptedException {
    PriorityQueue<Hit> best = new PriorityQueue<>(Comparator.comparingDouble(Hit::score));
    try (PreparedStatement all =
        open(connection)
            .prepareStatement(
                "SELECT id, text, metadata, embedding FROM entry"
                    + " WHERE project = ? AND collection = ? AND model = ? ORDER BY n")) {
      all.setString(1, shelf.project());
      all.setString(2, shelf.collection());
      all.setString(3, wanted.model());
      try (ResultSet rows = all.executeQuery()) {
        while (rows.next()) {
          if (Thread.interrupted()) {
            throw new InterruptedException("cancelled");
          }
          offer(best, rows, wanted.likeness(rows.getBytes(4)), limit);
        }
      }
    } catch (SQLException e) {
      throw broken(e);
    }
    List<Hit> hits = new ArrayList<>(best);
    hits.sort(Comparator.comparingDouble(Hit::score).reversed());
    return hits;
  }

  private static void offer(PriorityQueue<Hit> best, ResultSet row, double score, int limit)
      throws SQLException {
    Hit worst = best.peek();
    boolean full = best.size() == limit;
    if (Double.isNaN(score) || (full && worst != null && worst.score() >= score)) {
      return;
    }
    if (full) {
      best.poll();
    }
    best.add(new Hit(entry(row), score));
  }

  private static Entry entry(ResultSet row) throws SQLException {
    return new Entry(row.getString(1), row.getString(2), row.getString(3));
  }

  private static boolean delete(Connection open, Shelf shelf, String id) throws SQLException {
    try (PreparedStatement delete =
        open.prepareStatement(
            "DELETE FROM entry WHERE project = ? AND collection = ? AND id = ?")) {
      delete.setString(1, shelf.project());
      delete.setString(2, shelf.collection());
      delete.setString(3, id);
      return delete.executeUpdate() > 0;
    }
  }

  private static long count(Connection open) throws SQLException {
    try (Statement statement = open.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM entry")) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  private static void insert(
      Connection open, Shelf shelf, Entry entry, Optional<Embedding> embedding)
      throws SQLException {
    try (PreparedStatement insert =
        open.prepareStatement(
            "INSERT INTO entry (project, collection, id, text, metadata, model, embedding)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      insert.setString(1, shelf.project());
      insert.setString(2, shelf.collection());
      insert.setString(3, entry.id());
      insert.setString(4, entry.text());
      insert.setString(5, entry.metadata());
      insert.setString(6, embedding.map(Embedding::model).orElse(null));
      insert.setBytes(7, embedding.map(Embedding::bytes).orElse(null));
      insert.executeUpdate();
    }
  }

  private static Connection open(@Nullable Connection connection) throws SQLException {
    if (connection == null) {
      throw new SQLException("the memory is closed");
    }
    return connection;
  }

  private TaskFailedException broken(SQLException e) {
    return new TaskFailedException(
        "MEMORY_ERROR", "The memory in " + directory + " failed: " + e.getMessage(), true);
  }
}
