package io.reefmesh.gateway.store;

import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Finds the ids that a query means, without touching payloads. SQLite filters by columns; labels
 * are inside the specification and are compared here.
 */
final class ListStatement {

  private final StringBuilder sql = new StringBuilder();
  private final List<Object> parameters = new ArrayList<>();

  private ListStatement(TaskQuery query, long from, long below) {
    boolean labels = !query.labels().isEmpty();
    sql.append("SELECT t.id").append(labels ? ", t.spec" : "").append(" FROM task t");
    if (!query.states().isEmpty() || query.nodeId() != null) {
      sql.append(" LEFT JOIN run u ON u.id = t.id LEFT JOIN result r ON r.id = t.id");
    }
    sql.append(" WHERE 1");
    and("t.id >= ?", from);
    and("t.id < ?", below);
    and("t.project = ?", query.project());
    if (query.type() != null) {
      and("t.type = ?", query.type());
    }
    if (query.session() != null) {
      and("t.session = ?", query.session());
    }
    if (query.nodeId() != null) {
      and("coalesce(r.node_id, " + RowCodec.NODE_OF_RUN + ") = ?", query.nodeId());
    }
    if (!query.states().isEmpty()) {
      sql.append(" AND coalesce(r.state, ")
          .append(RowCodec.STATE_OF_RUN)
          .append(") IN (")
          .append(codes(query))
          .append(')');
    }
    sql.append(query.after() == null ? " ORDER BY t.id DESC" : " ORDER BY t.id");
    if (!labels) {
      sql.append(" LIMIT ").append(query.limit() + 1L);
    }
  }

  private void and(String condition, Object parameter) {
    sql.append(" AND ").append(condition);
    parameters.add(parameter);
  }

  private static String codes(TaskQuery query) {
    return Arrays.stream(TaskState.values())
        .filter(state -> PageLimits.admits(query.states(), state))
        .map(state -> Integer.toString(RowCodec.codeOf(state)))
        .collect(Collectors.joining(","));
  }

  /**
   * In the query's order, from the lowest id to below the highest; one more than the query's limit.
   */
  static List<TaskId> ids(Connection connection, TaskQuery query, long from, long below)
      throws SQLException, DamagedRowException {
    ListStatement list = new ListStatement(query, from, below);
    try (PreparedStatement statement = list.on(connection, "")) {
      try (ResultSet row = statement.executeQuery()) {
        return ids(row, query);
      }
    }
  }

  /** How SQLite would go about it, a line a step. For tests. */
  static List<String> plan(Connection connection, TaskQuery query) throws SQLException {
    List<String> steps = new ArrayList<>();
    ListStatement list = new ListStatement(query, 0, Long.MAX_VALUE);
    try (PreparedStatement statement = list.on(connection, "EXPLAIN QUERY PLAN ");
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        steps.add(row.getString("detail"));
      }
    }
    return steps;
  }

  private PreparedStatement on(Connection connection, String prefix) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(prefix + sql);
    for (int i = 0; i < parameters.size(); i++) {
      statement.setObject(i + 1, parameters.get(i));
    }
    return statement;
  }

  private static List<TaskId> ids(ResultSet row, TaskQuery query)
      throws SQLException, DamagedRowException {
    List<TaskId> ids = new ArrayList<>();
    while (ids.size() <= query.limit() && row.next()) {
      TaskId id = new TaskId(row.getLong(1));
      if (query.labels().isEmpty()
          || PageLimits.carries(RowCodec.labels(id, row.getBytes(2)), query)) {
        ids.add(id);
      }
    }
    return ids;
  }
}
