package io.reefmesh.gateway.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * One statement for many rows, 32 ids at a time, then the rest one by one: the cost of a statement
 * through JDBC is several times that of a row.
 */
final class ForEachId {

  private static final int IDS = 32;

  private final PreparedStatement many;
  private final PreparedStatement one;

  /**
   * Prepares both statements.
   *
   * @param sql up to and with the column that is compared
   */
  ForEachId(Connection connection, String sql) throws SQLException {
    this.many = connection.prepareStatement(sql + " IN (?" + ",?".repeat(IDS - 1) + ")");
    this.one = connection.prepareStatement(sql + " = ?");
  }

  void run(List<Long> ids) throws SQLException {
    int at = 0;
    for (; at + IDS <= ids.size(); at += IDS) {
      for (int i = 0; i < IDS; i++) {
        many.setLong(1 + i, ids.get(at + i));
      }
      many.executeUpdate();
    }
    for (; at < ids.size(); at++) {
      one.setLong(1, ids.get(at));
      one.executeUpdate();
    }
  }
}
