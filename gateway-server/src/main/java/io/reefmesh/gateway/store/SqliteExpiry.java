package io.reefmesh.gateway.store;

import io.reefmesh.balancer.TaskId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Forgets ended tasks without an index over finish times. No task ends before it was created, and
 * ids are in order of creation: so the candidates are the low end of {@code result}. A call walks a
 * bounded piece of it, in id order; the next call goes on from there, and from the start again once
 * the end is reached, so tasks that ran long are passed by and come up in a later round.
 *
 * <p>Statements only; the caller has the transaction. Not thread-safe.
 */
final class SqliteExpiry {

  /** Rows of {@code result} looked at in one call. */
  static final int ROWS_LOOKED_AT = 5_000;

  /**
   * Old request ids are dropped this much faster than tasks are forgotten, so they cannot pile up.
   */
  private static final long REQUEST_IDS_PER_TASK = 4;

  private final PreparedStatement scan;
  private final PreparedStatement oldestEnded;
  private final PreparedStatement oldestRequestId;
  private final ForEachId keepRequestIds;
  private final List<ForEachId> deletes = new ArrayList<>();
  private final PreparedStatement dropRequestIds;
  private long scanFrom;

  SqliteExpiry(Connection connection) throws SQLException {
    this.scan =
        connection.prepareStatement(
            "SELECT id, finished_millis FROM result WHERE id >= ? AND id < ? ORDER BY id LIMIT "
                + ROWS_LOOKED_AT);
    this.oldestEnded = connection.prepareStatement("SELECT id FROM result ORDER BY id LIMIT ?");
    this.oldestRequestId =
        connection.prepareStatement("SELECT 1 FROM request_id WHERE task_id < ? LIMIT 1");
    this.keepRequestIds =
        new ForEachId(
            connection,
            "INSERT INTO request_id SELECT id, project, request_id, digest FROM task"
                + " WHERE request_id IS NOT NULL AND id");
    for (String table : List.of("run", "result", "task")) {
      deletes.add(new ForEachId(connection, "DELETE FROM " + table + " WHERE id"));
    }
    this.dropRequestIds =
        connection.prepareStatement(
            "DELETE FROM request_id WHERE task_id IN (SELECT task_id FROM request_id"
                + " WHERE task_id < ? ORDER BY task_id LIMIT ?)");
  }

  /** Whether request ids of forgotten tasks below an id are still kept. */
  boolean hasRequestIdsBefore(long taskId) throws SQLException {
    oldestRequestId.setLong(1, taskId);
    try (ResultSet row = oldestRequestId.executeQuery()) {
      return row.next();
    }
  }

  /**
   * The tasks to forget.
   *
   * @param tooMany how many of the oldest must go whenever they finished; at most 0: none
   */
  List<Long> candidates(long finishedBeforeMillis, long tooMany, int limit) throws SQLException {
    return tooMany > 0
        ? oldest((int) Math.min(tooMany, limit))
        : ended(finishedBeforeMillis, limit);
  }

  private List<Long> oldest(int count) throws SQLException {
    List<Long> oldest = new ArrayList<>(count);
    oldestEnded.setInt(1, count);
    try (ResultSet row = oldestEnded.executeQuery()) {
      while (row.next()) {
        oldest.add(row.getLong(1));
      }
    }
    return oldest;
  }

  /** Forgets tasks, and request ids of tasks that were forgotten long ago. */
  void forget(List<Long> candidates, long keepRequestIdsFrom, int limit) throws SQLException {
    keepRequestIds.run(candidates.stream().filter(id -> id >= keepRequestIdsFrom).toList());
    for (ForEachId delete : deletes) {
      delete.run(candidates);
    }
    dropRequestIds.setLong(1, keepRequestIdsFrom);
    dropRequestIds.setLong(2, REQUEST_IDS_PER_TASK * Math.max(limit, 1));
    dropRequestIds.executeUpdate();
  }

  private List<Long> ended(long finishedBeforeMillis, int limit) throws SQLException {
    List<Long> ended = new ArrayList<>();
    long start = scanFrom;
    long end = TaskId.floor(finishedBeforeMillis).value();
    if (scan(start, end, finishedBeforeMillis, limit, ended)) {
      scanFrom = 0;
      scan(0, Math.min(start, end), finishedBeforeMillis, limit, ended);
    }
    return ended;
  }

  /** Whether it came to the end of its range. */
  private boolean scan(long from, long end, long finishedBeforeMillis, int limit, List<Long> ended)
      throws SQLException {
    if (from >= end) {
      return true;
    }
    scan.setLong(1, from);
    scan.setLong(2, end);
    int looked = 0;
    try (ResultSet row = scan.executeQuery()) {
      while (ended.size() < limit && row.next()) {
        looked++;
        scanFrom = row.getLong(1) + 1;
        if (row.getLong(2) < finishedBeforeMillis) {
          ended.add(row.getLong(1));
        }
      }
    }
    return ended.size() < limit && looked < ROWS_LOOKED_AT;
  }
}
