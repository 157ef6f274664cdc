package io.reefmesh.gateway.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Iterator;

/**
 * Inserts rows sixteen to a statement, then the rest one by one. The cost of a statement through
 * JDBC is several times that of a row, and sixteen is where the gain flattens.
 *
 * @param <T> what makes a row
 */
final class MultiRowInsert<T> implements AutoCloseable {

  private static final int ROWS = 16;

  private final int columns;
  private final Binder<T> binder;
  private final PreparedStatement many;
  private final PreparedStatement one;

  /** Sets a row's parameters, which begin at {@code first}. */
  interface Binder<T> {
    void bind(PreparedStatement statement, int first, T row) throws SQLException;
  }

  /**
   * Prepares both statements.
   *
   * @param into "table (columns)"
   * @param columns how many
   * @param conflict what stands after the values; may be empty
   */
  MultiRowInsert(Connection connection, String into, int columns, String conflict, Binder<T> binder)
      throws SQLException {
    this.columns = columns;
    this.binder = binder;
    String row = "(?" + ",?".repeat(columns - 1) + ")";
    String start = "INSERT INTO " + into + " VALUES ";
    this.many =
        connection.prepareStatement(start + row + ("," + row).repeat(ROWS - 1) + " " + conflict);
    this.one = connection.prepareStatement(start + row + " " + conflict);
  }

  void insert(Collection<T> rows) throws SQLException {
    Iterator<T> next = rows.iterator();
    int left = rows.size();
    for (; left >= ROWS; left -= ROWS) {
      for (int i = 0; i < ROWS; i++) {
        binder.bind(many, 1 + i * columns, next.next());
      }
      many.executeUpdate();
    }
    for (; left > 0; left--) {
      binder.bind(one, 1, next.next());
      one.executeUpdate();
    }
    // Payloads may be large, and the next rows may be long in coming.
    many.clearParameters();
    one.clearParameters();
  }

  @Override
  public void close() throws SQLException {
    many.close();
    one.close();
  }
}
