package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.store.TaskStore.LoadSink;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One walk through the tables, in id order, for what the engine must know at its start: tasks
 * without an outcome, and request ids, those of ended tasks included.
 *
 * <p>There may be millions, and callers wait. So no column is looked at that the row has no use
 * for: most tasks were never pushed, and once the sink wants no more payloads a second statement,
 * which does not read them, goes on where the first stopped. Texts and specifications that many
 * tasks have in common are one object.
 */
final class SqliteLoad {

  private static final int ID = 1;
  private static final int ENDED = 2;
  private static final int PROJECT = 3;
  private static final int REQUEST_ID = 4;
  private static final int DIGEST = 5;
  private static final int TYPE = 6;
  private static final int SESSION = 7;
  private static final int RETRY_OF = 8;
  private static final int CONTENT_TYPE = 9;
  private static final int SPEC = 10;
  private static final int PAYLOAD_BYTES = 11;
  private static final int RUN_STATE = 12;
  private static final int ATTEMPT = 13;
  private static final int NODE_ID = 14;
  private static final int INCARNATION = 15;
  private static final int ASSIGNED = 16;
  private static final int QUEUED = 17;
  private static final int NOT_BEFORE = 18;
  private static final int HISTORY = 19;
  private static final int PAYLOAD = 20;

  private static final String COLUMNS =
      "SELECT t.id, r.id IS NOT NULL, t.project, t.request_id, t.digest, t.type, t.session,"
          + " t.retry_of, t.content_type, t.spec, length(t.payload), u.state, u.attempt, u.node_id,"
          + " u.incarnation, u.assigned_millis, u.queued_millis, u.not_before_millis, u.history";

  private static final String FROM =
      " FROM task t LEFT JOIN run u ON u.id = t.id LEFT JOIN result r ON r.id = t.id"
          + " WHERE t.id > ? AND (r.id IS NULL OR (t.id >= ? AND t.request_id IS NOT NULL))"
          + " ORDER BY t.id";

  private static final String WITH_PAYLOADS =
      COLUMNS + ", CASE WHEN r.id IS NULL THEN t.payload END" + FROM;

  private static final String WITHOUT_PAYLOADS = COLUMNS + FROM;

  private static final long BEFORE_ALL = -1;

  private final Connection connection;
  private final LoadSink sink;
  private final SpecReader specs = new SpecReader();
  private boolean withPayloads = true;
  private String project = "";
  private String type = "";
  private String contentType = "";

  SqliteLoad(Connection connection, LoadSink sink) {
    this.connection = connection;
    this.sink = sink;
  }

  /**
   * Gives everything to the sink.
   *
   * @param requestIdsFrom request ids of tasks from this one on
   */
  void run(TaskId requestIdsFrom) throws SQLException, DamagedRowException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT task_id, project, request_id, digest FROM request_id WHERE task_id >= ?"
                + " ORDER BY task_id")) {
      statement.setLong(1, requestIdsFrom.value());
      try (ResultSet forgotten = statement.executeQuery()) {
        Forgotten ids = new Forgotten(forgotten);
        long last = walk(WITH_PAYLOADS, BEFORE_ALL, requestIdsFrom, ids);
        if (!withPayloads) {
          walk(WITHOUT_PAYLOADS, last, requestIdsFrom, ids);
        }
        ids.giveBelow(Long.MAX_VALUE);
      }
    }
  }

  /** Until the end, or until payloads are wanted no more; returns the last id it has given. */
  private long walk(String sql, long after, TaskId requestIdsFrom, Forgotten forgotten)
      throws SQLException, DamagedRowException {
    boolean payloadsHere = withPayloads;
    long last = after;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, after);
      statement.setLong(2, requestIdsFrom.value());
      try (ResultSet row = statement.executeQuery()) {
        while (withPayloads == payloadsHere && row.next()) {
          last = row.getLong(ID);
          forgotten.giveBelow(last);
          give(new TaskId(last), row, last >= requestIdsFrom.value());
        }
      }
    }
    return last;
  }

  private void give(TaskId id, ResultSet row, boolean requestIdsToo)
      throws SQLException, DamagedRowException {
    project = same(project, row.getString(PROJECT));
    String requestId = row.getString(REQUEST_ID);
    String digest = requestId == null ? null : row.getString(DIGEST);
    if (row.getInt(ENDED) == 0) {
      try {
        sink.task(task(id, row, requestId, digest));
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        throw new DamagedRowException(id, e);
      }
    }
    if (requestIdsToo && requestId != null && digest != null) {
      sink.requestId(project, requestId, digest, id);
    }
  }

  private StoredTask task(
      TaskId id, ResultSet row, @Nullable String requestId, @Nullable String digest)
      throws SQLException, InvalidProtocolBufferException {
    type = same(type, row.getString(TYPE));
    String session = row.getString(SESSION);
    TaskBody body = body(row);
    int code = row.getInt(RUN_STATE);
    if (code == 0) {
      return new StoredTask(
          id,
          project,
          type,
          session,
          requestId,
          digest,
          body,
          TaskState.QUEUED,
          0,
          null,
          null,
          0,
          id.createdAtMillis(),
          0,
          ImmutableList.of(),
          0,
          null,
          null);
    }
    long queuedAt = row.getLong(QUEUED);
    return new StoredTask(
        id,
        project,
        type,
        session,
        requestId,
        digest,
        body,
        RowCodec.stateOf(code),
        row.getInt(ATTEMPT),
        row.getString(NODE_ID),
        row.getString(INCARNATION),
        row.getLong(ASSIGNED),
        queuedAt == 0 ? id.createdAtMillis() : queuedAt,
        row.getLong(NOT_BEFORE),
        RowCodec.historyOf(row.getBytes(HISTORY)),
        0,
        null,
        null);
  }

  private TaskBody body(ResultSet row) throws SQLException, InvalidProtocolBufferException {
    contentType = same(contentType, row.getString(CONTENT_TYPE));
    long old = row.getLong(RETRY_OF);
    TaskId retryOf = old == 0 && row.wasNull() ? null : new TaskId(old);
    StoredSpec spec = specs.read(row.getBytes(SPEC));
    int bytes = row.getInt(PAYLOAD_BYTES);
    if (withPayloads && sink.wantsPayload(bytes)) {
      byte[] payload = row.getBytes(PAYLOAD);
      return new TaskBody(
          spec,
          contentType,
          payload == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(payload),
          retryOf);
    }
    withPayloads = false;
    return TaskBody.withoutPayload(spec, contentType, bytes, retryOf);
  }

  private static String same(String before, @Nullable String fresh) {
    return before.equals(fresh) ? before : Objects.requireNonNullElse(fresh, "");
  }

  /** Request ids whose tasks are forgotten, given in their places among the others. */
  private final class Forgotten {
    private final ResultSet row;
    private long next;

    Forgotten(ResultSet row) throws SQLException {
      this.row = row;
      advance();
    }

    private void advance() throws SQLException {
      next = row.next() ? row.getLong(1) : Long.MAX_VALUE;
    }

    void giveBelow(long id) throws SQLException {
      while (next < id) {
        sink.requestId(
            row.getString(2), row.getString(3), row.getString(4), new TaskId(next));
        advance();
      }
    }
  }
}
