package io.reefmesh.gateway.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What {@code PRAGMA wal_checkpoint} tells.
 *
 * @param complete false: someone was in the way
 * @param pages in the WAL
 * @param copied of them, already in the file
 */
record WalState(boolean complete, int pages, int copied) {

  /** Runs a checkpoint: NOOP (only look), PASSIVE, RESTART or TRUNCATE. */
  static WalState checkpoint(Connection connection, String mode) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
      row.next();
      return new WalState(row.getInt(1) == 0, row.getInt(2), row.getInt(3));
    }
  }

  int waiting() {
    return pages - copied;
  }
}
