package io.reefmesh.gateway.store;

import io.reefmesh.balancer.TaskId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
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
  private final PreparedStatement taskById;
  private final PreparedStatement rowPastTheBound;

  SqliteReader(Connection connection) throws SQLException {
    this.connection = connection;
    this.taskById = connection.prepareStatement(RowCodec.SELECT_TASK + " WHERE t.id = ?");
    this.rowPastTheBound =
        connection.prepareStatement(
            "SELECT id FROM task WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET "
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

  TaskQuery.Page list(TaskQuery query) throws SQLException, DamagedRowException {
    PageLimits.IdRange range = PageLimits.IdRange.of(query);
    if (range.isEmpty()) {
      return new TaskQuery.Page(List.of(), null);
    }
    OptionalLong past = pastTheBound(range);
    long from = past.isPresent() ? past.getAsLong() + 1 : range.from();
    List<TaskId> ids = ListStatement.ids(connection, query, from, range.below());
    List<StoredTask> page = new ArrayList<>(Math.min(ids.size(), query.limit()));
    TaskId next = fill(page, ids, query.limit());
    connection.commit();
    if (next == null && past.isPresent()) {
      next = new TaskId(from);
    }
    return new TaskQuery.Page(page, next);
  }

  /** The first row that this call may not look at any more. */
  private OptionalLong pastTheBound(PageLimits.IdRange range) throws SQLException {
    rowPastTheBound.setLong(1, range.from());
    rowPastTheBound.setLong(2, range.below());
    try (ResultSet row = rowPastTheBound.executeQuery()) {
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
