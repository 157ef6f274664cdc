package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.store.TaskStore.LoadSink;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one connection that writes. Every method is one transaction: it ends committed when the
 * method returns and must be rolled back by the caller when it throws. Not thread-safe.
 */
final class SqliteWriter implements AutoCloseable {

  /** Longer than any of our own reads; all commits wait meanwhile. */
  private static final int WAIT_FOR_READERS_MILLIS = 250;

  private final Connection connection;
  private final int busyMillis;
  private final PreparedStatement fence;
  private final MultiRowInsert<MutationBatch.Task> tasks;
  private final MultiRowInsert<MutationBatch.Run> runs;
  private final MultiRowInsert<MutationBatch.Result> results;
  private final SqliteExpiry expiry;

  /**
   * Takes a connection over.
   *
   * @param busyMillis how long it waits for another program's lock
   */
  SqliteWriter(Connection connection, int busyMillis) throws SQLException {
    this.connection = connection;
    this.busyMillis = busyMillis;
    this.fence =
        connection.prepareStatement(
            "UPDATE meta SET durable_millis = max(durable_millis, ?), ended = ended + ?"
                + " WHERE id = 1 AND epoch = ?");
    this.tasks =
        new MultiRowInsert<>(
            connection,
            "task (id, project, type, session, node_id, incarnation, assigned_millis, request_id,"
                + " digest, retry_of, content_type, spec, payload)",
            13,
            "",
            SqliteWriter::bindTask);
    this.runs =
        new MultiRowInsert<>(
            connection,
            "run (id, state, attempt, node_id, incarnation, assigned_millis, queued_millis,"
                + " not_before_millis, history)",
            9,
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempt = excluded.attempt,"
                + " node_id = coalesce(excluded.node_id, node_id),"
                + " incarnation = excluded.incarnation,"
                + " assigned_millis = excluded.assigned_millis,"
                + " queued_millis = coalesce(excluded.queued_millis, queued_millis),"
                + " not_before_millis = excluded.not_before_millis, history = excluded.history",
            SqliteWriter::bindRun);
    this.results =
        new MultiRowInsert<>(
            connection,
            "result (id, finished_millis, state, attempt, node_id, queued_millis, failure, history,"
                + " usage, content_type, payload)",
            11,
            "",
            SqliteWriter::bindResult);
    this.expiry = new SqliteExpiry(connection);
  }

  WriteLease acquire() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("UPDATE meta SET epoch = epoch + 1 WHERE id = 1");
    }
    long epoch = meta("epoch");
    connection.commit();
    return new WriteLease(epoch);
  }

  void commit(WriteLease lease, List<Mutation> mutations, long nowMillis) throws SQLException {
    MutationBatch batch = MutationBatch.of(mutations);
    fence(lease, Math.max(nowMillis, batch.latestMillis()), batch.results().size());
    tasks.insert(batch.tasks());
    runs.insert(batch.runs());
    results.insert(batch.results());
    connection.commit();
  }

  long load(WriteLease lease, long requestIdsFromMillis, LoadSink sink)
      throws SQLException, DamagedRowException {
    checkEpoch(lease);
    long durableMillis = meta("durable_millis");
    sink.begin(durableMillis);
    SqliteFile.mapWhileReading(connection, true);
    new SqliteLoad(connection, sink).run(TaskId.floor(requestIdsFromMillis));
    connection.commit();
    SqliteFile.mapWhileReading(connection, false);
    return durableMillis;
  }

  /** Forgets ended tasks; gives their ids. */
  List<Long> expire(WriteLease lease, long finishedBeforeMillis, long keepAtMost, int limit)
      throws SQLException {
    checkEpoch(lease);
    List<Long> candidates =
        expiry.candidates(finishedBeforeMillis, meta("ended") - keepAtMost, limit);
    long requestIdsFrom =
        TaskId.floor(meta("durable_millis") - TaskFold.REQUEST_IDS_KEPT.toMillis()).value();
    if (!candidates.isEmpty() || expiry.hasRequestIdsBefore(requestIdsFrom)) {
      fence(lease, 0, -candidates.size());
      expiry.forget(candidates, requestIdsFrom, limit);
    }
    connection.commit();
    return candidates;
  }

  private void checkEpoch(WriteLease lease) throws SQLException {
    if (meta("epoch") != lease.epoch()) {
      throw StoreErrors.fenced(lease);
    }
  }

  void rollback() throws SQLException {
    connection.rollback();
  }

  /** Checks the epoch, moves the clock and counts ended tasks: one row, one statement. */
  private void fence(WriteLease lease, long nowMillis, int moreEnded) throws SQLException {
    fence.setLong(1, nowMillis);
    fence.setInt(2, moreEnded);
    fence.setLong(3, lease.epoch());
    if (fence.executeUpdate() != 1) {
      throw StoreErrors.fenced(lease);
    }
  }

  private long meta(String column) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT " + column + " FROM meta WHERE id = 1")) {
      if (!row.next()) {
        throw new IllegalStateException("the meta table has lost its row");
      }
      return row.getLong(1);
    }
  }

  private static void bindTask(PreparedStatement s, int at, MutationBatch.Task task)
      throws SQLException {
    Mutation.Submitted m = task.submitted;
    Mutation.Assigned push = task.firstPush;
    TaskBody body = (TaskBody) m.body();
    TaskId retryOf = body.retryOf();
    s.setLong(at, m.id().value());
    s.setString(at + 1, m.project());
    s.setString(at + 2, m.type());
    s.setString(at + 3, m.session());
    s.setString(at + 4, push == null ? null : push.nodeId());
    s.setString(at + 5, push == null ? null : push.incarnation());
    s.setObject(at + 6, push == null ? null : push.assignedAtMillis());
    s.setString(at + 7, m.requestId());
    s.setString(at + 8, m.digest());
    s.setObject(at + 9, retryOf == null ? null : retryOf.value());
    s.setString(at + 10, body.contentType());
    s.setBytes(at + 11, body.storedSpec().bytes().toByteArray());
    s.setBytes(at + 12, payloadOf(m.id(), body).toByteArray());
  }

  private static ByteString payloadOf(TaskId id, TaskBody body) {
    ByteString payload = body.payload();
    if (payload == null) {
      throw new IllegalStateException("the payload of task " + id + " is gone before its commit");
    }
    return payload;
  }

  private static void bindRun(PreparedStatement s, int at, MutationBatch.Run run)
      throws SQLException {
    s.setLong(at, run.id().value());
    s.setInt(at + 1, RowCodec.codeOf(run.state()));
    s.setInt(at + 2, run.attempt());
    s.setString(at + 3, run.nodeId());
    s.setString(at + 4, run.incarnation());
    s.setLong(at + 5, run.assignedAtMillis());
    s.setObject(at + 6, orNull(run.queuedAtMillis()));
    s.setLong(at + 7, run.notBeforeMillis());
    s.setBytes(at + 8, RowCodec.history(run.history()));
  }

  private static void bindResult(PreparedStatement s, int at, MutationBatch.Result row)
      throws SQLException {
    Mutation.Ended m = row.ended();
    ResultBody body = TaskFold.resultOf(m.result());
    s.setLong(at, m.id().value());
    s.setLong(at + 1, m.finishedAtMillis());
    s.setInt(at + 2, RowCodec.codeOf(m.state()));
    s.setInt(at + 3, m.attempt());
    s.setString(at + 4, row.nodeId());
    s.setObject(at + 5, orNull(row.queuedAtMillis()));
    s.setBytes(at + 6, RowCodec.failure(m.failure()));
    s.setBytes(at + 7, RowCodec.history(m.history()));
    s.setBytes(at + 8, body == null || body.usage() == null ? null : body.usage().toByteArray());
    s.setString(at + 9, body == null ? null : body.contentType());
    s.setBytes(
        at + 10, body == null || body.payload() == null ? null : body.payload().toByteArray());
  }

  private static @Nullable Long orNull(long millis) {
    return millis == 0 ? null : millis;
  }

  /** Copies the whole WAL into the file and cuts it to nothing. Outside transactions only. */
  void checkpoint() throws SQLException {
    WalState.checkpoint(connection, "TRUNCATE");
  }

  /**
   * Copies the rest of the WAL, so that the next commit begins it anew. Outside transactions only.
   */
  WalState startWalOver() throws SQLException {
    SqliteFile.waitWhenBusy(connection, WAIT_FOR_READERS_MILLIS);
    try {
      return WalState.checkpoint(connection, "RESTART");
    } finally {
      SqliteFile.waitWhenBusy(connection, busyMillis);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
