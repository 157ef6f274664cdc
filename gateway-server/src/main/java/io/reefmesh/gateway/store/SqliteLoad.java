package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.store.TaskStore.LoadSink;
import io.reefmesh.v1.TaskSpec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One walk through the tables, in id order, for what the engine must know at its start: tasks
 * without an outcome, and request ids, those of ended tasks included.
 *
 * <p>There may be millions, callers wait, and each look at a column costs more than SQLite takes to
 * find the row. So one number says what is in a row, and only what it says is different from most
 * is looked at: most tasks were never pushed, have no session, and share project, type, content
 * type and specification with their neighbours. Once the sink wants no more payloads, a second
 * statement, which does not read them, goes on where the first stopped.
 */
final class SqliteLoad {

  private static final int ID = 1;
  private static final int CONTENT = 2;
  private static final int PROJECT = 3;
  private static final int REQUEST_ID = 4;
  private static final int DIGEST = 5;
  private static final int TYPE = 6;
  private static final int SESSION = 7;
  private static final int RETRY_OF = 8;
  private static final int CONTENT_TYPE = 9;
  private static final int SPEC = 10;
  private static final int ATTEMPT = 11;
  private static final int NODE_ID = 12;
  private static final int INCARNATION = 13;
  private static final int ASSIGNED = 14;
  private static final int QUEUED = 15;
  private static final int NOT_BEFORE = 16;
  private static final int HISTORY = 17;
  private static final int PAYLOAD = 18;

  /** What the number says: the payload's length in 32 bits, then these, then the run's state. */
  private static final int HAS_OUTCOME = 1 << 0;

  private static final int OTHER_PROJECT = 1 << 1;
  private static final int OTHER_TYPE = 1 << 2;
  private static final int OTHER_CONTENT_TYPE = 1 << 3;
  private static final int OTHER_SPEC = 1 << 4;
  private static final int HAS_SESSION = 1 << 5;
  private static final int IS_RETRY = 1 << 6;
  private static final int FLAGS_SHIFT = 32;
  private static final int STATE_SHIFT = 40;
  private static final int BYTE = 0xff;

  private static final String COLUMNS =
      "SELECT t.id, length(t.payload)"
          + " | ((r.id IS NOT NULL) << 32)"
          + " | ((t.project IS NOT ?1) << 33)"
          + " | ((t.type IS NOT ?2) << 34)"
          + " | ((t.content_type IS NOT ?3) << 35)"
          + " | ((t.spec IS NOT ?4) << 36)"
          + " | ((t.session IS NOT NULL) << 37)"
          + " | ((t.retry_of IS NOT NULL) << 38)"
          + " | (iif(t.node_id IS NULL AND u.id IS NULL, 0, "
          + RowCodec.STATE_OF_RUN
          + ") << 40),"
          + " t.project, t.request_id, t.digest, t.type, t.session, t.retry_of, t.content_type,"
          + " t.spec, "
          + RowCodec.ATTEMPT_OF_RUN
          + ", "
          + RowCodec.NODE_OF_RUN
          + ", "
          + RowCodec.INCARNATION_OF_RUN
          + ", "
          + RowCodec.ASSIGNED_OF_RUN
          + ", u.queued_millis, u.not_before_millis, u.history";

  private static final String FROM =
      " FROM task t LEFT JOIN result r ON r.id = t.id"
          + " LEFT JOIN run u ON u.id = iif(r.id IS NULL, t.id, NULL)"
          + " WHERE t.id > ?5 AND (r.id IS NULL OR (t.id >= ?6 AND t.request_id IS NOT NULL))"
          + " ORDER BY t.id";

  private static final String WITH_PAYLOADS =
      COLUMNS + ", CASE WHEN r.id IS NULL THEN t.payload END" + FROM;

  private static final String WITHOUT_PAYLOADS = COLUMNS + FROM;

  private static final String LATEST =
      "SELECT project, type, content_type, spec FROM task ORDER BY id DESC LIMIT 1";

  private static final long BEFORE_ALL = -1;

  private final Connection connection;
  private final LoadSink sink;
  private final SpecReader specs = new SpecReader();
  private boolean withPayloads = true;

  /** What most rows are taken to have: the latest has it. */
  private String usualProject = "";

  private String usualType = "";
  private String usualContentType = "";
  private StoredSpec usualSpec = StoredSpec.of(TaskSpec.getDefaultInstance());

  /** What the last row had that was different. */
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
    lookAtLatest();
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

  private void lookAtLatest() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(LATEST)) {
      if (row.next()) {
        usualProject = row.getString(1);
        usualType = row.getString(2);
        usualContentType = row.getString(3);
        usualSpec = specs.read(row.getBytes(4));
      }
    } catch (InvalidProtocolBufferException e) {
      // Its own row will say so; no other is like it.
      usualType = "";
    }
  }

  /** Until the end, or until payloads are wanted no more; returns the last id it has given. */
  private long walk(String sql, long after, TaskId requestIdsFrom, Forgotten forgotten)
      throws SQLException, DamagedRowException {
    boolean payloadsHere = withPayloads;
    long last = after;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, usualProject);
      statement.setString(2, usualType);
      statement.setString(3, usualContentType);
      statement.setBytes(4, usualSpec.bytes().toByteArray());
      statement.setLong(5, after);
      statement.setLong(6, requestIdsFrom.value());
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
    long content = row.getLong(CONTENT);
    int flags = (int) (content >>> FLAGS_SHIFT) & BYTE;
    String itsProject = usualProject;
    if ((flags & OTHER_PROJECT) != 0) {
      project = same(project, row.getString(PROJECT));
      itsProject = project;
    }
    String requestId = row.getString(REQUEST_ID);
    String digest = requestId == null ? null : row.getString(DIGEST);
    if ((flags & HAS_OUTCOME) == 0) {
      try {
        sink.task(task(id, row, content, flags, itsProject, requestId, digest));
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        throw new DamagedRowException(id, e);
      }
    }
    if (requestIdsToo && requestId != null && digest != null) {
      sink.requestId(itsProject, requestId, digest, id);
    }
  }

  private StoredTask task(
      TaskId id,
      ResultSet row,
      long content,
      int flags,
      String itsProject,
      @Nullable String requestId,
      @Nullable String digest)
      throws SQLException, InvalidProtocolBufferException {
    String itsType = usualType;
    if ((flags & OTHER_TYPE) != 0) {
      type = same(type, row.getString(TYPE));
      itsType = type;
    }
    String session = (flags & HAS_SESSION) == 0 ? null : row.getString(SESSION);
    TaskBody body = body(row, (int) content, flags);
    int state = (int) (content >>> STATE_SHIFT) & BYTE;
    boolean waits = state == 0;
    long queuedAt = waits ? 0 : row.getLong(QUEUED);
    return new StoredTask(
        id,
        itsProject,
        itsType,
        session,
        requestId,
        digest,
        body,
        waits ? TaskState.QUEUED : RowCodec.stateOf(state),
        waits ? 0 : row.getInt(ATTEMPT),
        waits ? null : row.getString(NODE_ID),
        waits ? null : row.getString(INCARNATION),
        waits ? 0 : row.getLong(ASSIGNED),
        queuedAt == 0 ? id.createdAtMillis() : queuedAt,
        waits ? 0 : row.getLong(NOT_BEFORE),
        waits ? ImmutableList.of() : RowCodec.historyOf(row.getBytes(HISTORY)),
        0,
        null,
        null);
  }

  private TaskBody body(ResultSet row, int bytes, int flags)
      throws SQLException, InvalidProtocolBufferException {
    String itsContentType = usualContentType;
    if ((flags & OTHER_CONTENT_TYPE) != 0) {
      contentType = same(contentType, row.getString(CONTENT_TYPE));
      itsContentType = contentType;
    }
    StoredSpec spec = (flags & OTHER_SPEC) == 0 ? usualSpec : specs.read(row.getBytes(SPEC));
    TaskId retryOf = (flags & IS_RETRY) == 0 ? null : new TaskId(row.getLong(RETRY_OF));
    if (withPayloads && sink.wantsPayload(bytes)) {
      byte[] payload = bytes == 0 ? null : row.getBytes(PAYLOAD);
      return new TaskBody(
          spec,
          itsContentType,
          payload == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(payload),
          retryOf);
    }
    withPayloads = false;
    return TaskBody.withoutPayload(spec, itsContentType, bytes, retryOf);
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
        sink.requestId(row.getString(2), row.getString(3), row.getString(4), new TaskId(next));
        advance();
      }
    }
  }
}
