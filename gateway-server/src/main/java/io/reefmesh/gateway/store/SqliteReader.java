package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.reefmesh.balancer.TaskId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A connection that reads. Each method is one read transaction, so it sees whole commits; when it
 * throws, the caller rolls back. Not thread-safe.
 */
final class SqliteReader implements AutoCloseable {

  private final Connection connection;

  /**
   * Payloads to a statement: the cost of a statement through JDBC is several times that of a row.
   */
  private static final int PAYLOADS = 32;

  private static final long NO_ID = -1;

  private final PreparedStatement taskById;
  private final PreparedStatement payloadsById;
  private final PreparedStatement rowPast;
  private final PreparedStatement rowPastUpwards;

  SqliteReader(Connection connection) throws SQLException {
    this.connection = connection;
    this.taskById = connection.prepareStatement(RowCodec.SELECT_TASK + " WHERE t.id = ?");
    this.payloadsById =
        connection.prepareStatement(
            "SELECT id, payload FROM task WHERE id IN (?" + ",?".repeat(PAYLOADS - 1) + ")");
    this.rowPast = rowPast(connection, "DESC");
    this.rowPastUpwards = rowPast(connection, "ASC");
  }

  private static PreparedStatement rowPast(Connection connection, String order)
      throws SQLException {
    return connection.prepareStatement(
        "SELECT id FROM task WHERE id >= ? AND id < ? ORDER BY id "
            + order
            + " LIMIT 1 OFFSET "
            + PageLimits.ROWS_LOOKED_AT);
  }

  Map<TaskId, StoredTask> read(Collection<TaskId> ids) throws SQLException, DamagedRowException {
    Map<TaskId, StoredTask> found = new LinkedHashMap<>();
    for (TaskId id : ids) {
      StoredTask task = task(id);
      if (task != null) {
        found.put(id, task);
      }
    }
    connection.commit();
    return found;
  }

  Map<TaskId, ByteString> payloads(Collection<TaskId> ids) throws SQLException {
    Map<TaskId, ByteString> found = new HashMap<>();
    Iterator<TaskId> next = ids.iterator();
    while (next.hasNext()) {
      for (int i = 1; i <= PAYLOADS; i++) {
        payloadsById.setLong(i, next.hasNext() ? next.next().value() : NO_ID);
      }
      try (ResultSet row = payloadsById.executeQuery()) {
        while (row.next()) {
          // Not copied: the driver made the array for us alone; null is an empty one.
          byte[] payload = row.getBytes(2);
          found.put(
              new TaskId(row.getLong(1)),
              payload == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(payload));
        }
      }
    }
    connection.commit();
    return found;
  }

  TaskQuery.Page list(TaskQuery query) throws SQLException, DamagedRowException {
    PageLimits.IdRange range = PageLimits.IdRange.of(query);
    if (range.isEmpty()) {
      return new TaskQuery.Page(List.of(), null);
    }
    boolean upwards = query.after() != null;
    OptionalLong past = past(upwards ? rowPastUpwards : rowPast, range);
    long from = past.isPresent() && !upwards ? past.getAsLong() + 1 : range.from();
    long below = past.isPresent() && upwards ? past.getAsLong() : range.below();
    List<TaskId> ids = ListStatement.ids(connection, query, from, below);
    List<StoredTask> page = new ArrayList<>(Math.min(ids.size(), query.limit()));
    TaskId next = fill(page, ids, query.limit());
    connection.commit();
    if (next == null && past.isPresent()) {
      next = new TaskId(upwards ? below - 1 : from);
    }
    return new TaskQuery.Page(page, next);
  }

  /** The first row that this call may not look at any more. */
  private static OptionalLong past(PreparedStatement statement, PageLimits.IdRange range)
      throws SQLException {
    statement.setLong(1, range.from());
    statement.setLong(2, range.below());
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
    }
  }

  /** Where to go on, if not all of the ids went into the page. */
  private @Nullable TaskId fill(List<StoredTask> page, List<TaskId> ids, int limit)
      throws SQLException, DamagedRowException {
    long bytes = 0;
    for (TaskId id : ids) {
      if (page.size() == limit || bytes > PageLimits.PAGE_BYTES) {
        return page.get(page.size() - 1).id();
      }
      StoredTask task = task(id);
      if (task != null) {
        page.add(task);
        bytes += PageLimits.bytesOf(task);
      }
    }
    return null;
  }

  private @Nullable StoredTask task(TaskId id) throws SQLException, DamagedRowException {
    taskById.setLong(1, id.value());
    try (ResultSet row = taskById.executeQuery()) {
      return row.next() ? RowCodec.task(row) : null;
    }
  }

  void rollback() throws SQLException {
    connection.rollback();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
