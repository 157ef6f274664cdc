package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Failure;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Usage;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Values and columns. States are kept by their numbers on the wire; history as the attempts of a
 * {@code Task} message, failures and usage as their own messages.
 */
final class RowCodec {

  /** Where a task without an outcome stands, of {@code task t LEFT JOIN run u}. */
  static final String STATE_OF_RUN =
      "coalesce(u.state, iif(t.node_id IS NULL, "
          + codeOf(TaskState.QUEUED)
          + ", "
          + codeOf(TaskState.ASSIGNED)
          + "))";

  /** The highest attempt of a task without an outcome. */
  static final String ATTEMPT_OF_RUN = "coalesce(u.attempt, t.node_id IS NOT NULL)";

  /** The node that a task without an outcome was last pushed to. */
  static final String NODE_OF_RUN = "coalesce(u.node_id, t.node_id)";

  /** That node's process life, while the task is there. */
  static final String INCARNATION_OF_RUN = "iif(u.id IS NULL, t.incarnation, u.incarnation)";

  /** When the task went there. */
  static final String ASSIGNED_OF_RUN = "coalesce(u.assigned_millis, t.assigned_millis)";

  /** Everything about a task, in the order in which {@link #task} reads it. */
  static final String SELECT_TASK =
      "SELECT t.id, t.project, t.type, t.session, t.request_id, t.digest, t.retry_of,"
          + " t.content_type, t.spec, t.payload, coalesce(r.state, "
          + STATE_OF_RUN
          + "), coalesce(r.attempt, "
          + ATTEMPT_OF_RUN
          + "), coalesce(r.node_id, "
          + NODE_OF_RUN
          + "), "
          + INCARNATION_OF_RUN
          + ", "
          + ASSIGNED_OF_RUN
          + ", coalesce(r.queued_millis, u.queued_millis), u.not_before_millis,"
          + " iif(r.id IS NULL, u.history, r.history),"
          + " r.finished_millis, r.failure, r.content_type, r.payload, r.usage"
          + " FROM task t LEFT JOIN run u ON u.id = t.id LEFT JOIN result r ON r.id = t.id";

  private RowCodec() {}

  static int codeOf(TaskState state) {
    return CoreProtos.toProto(state).getNumber();
  }

  static TaskState stateOf(int code) {
    io.reefmesh.v1.TaskState proto = io.reefmesh.v1.TaskState.forNumber(code);
    if (proto == null) {
      throw new IllegalArgumentException("no such task state: " + code);
    }
    return CoreProtos.fromProto(proto);
  }

  /**
   * The attempts of a {@link Task} message, written without one; null when there is none, which is
   * the common case.
   */
  static byte @Nullable [] history(ImmutableList<AttemptRecord> attempts) {
    if (attempts.isEmpty()) {
      return null;
    }
    Attempt[] messages = new Attempt[attempts.size()];
    int bytes = 0;
    for (int i = 0; i < messages.length; i++) {
      messages[i] = CoreProtos.toProto(attempts.get(i));
      bytes += CodedOutputStream.computeMessageSize(Task.ATTEMPTS_FIELD_NUMBER, messages[i]);
    }
    byte[] written = new byte[bytes];
    CodedOutputStream out = CodedOutputStream.newInstance(written);
    try {
      for (Attempt attempt : messages) {
        out.writeMessage(Task.ATTEMPTS_FIELD_NUMBER, attempt);
      }
    } catch (IOException e) {
      throw new AssertionError("writing to an array does not fail", e);
    }
    return written;
  }

  static byte @Nullable [] failure(@Nullable Failure failure) {
    return failure == null ? null : CoreProtos.toProto(failure).toByteArray();
  }

  /** The labels of a serialized specification. */
  static Map<String, String> labels(TaskId id, byte[] spec) throws DamagedRowException {
    try {
      return TaskSpec.parseFrom(spec).getLabelsMap();
    } catch (InvalidProtocolBufferException e) {
      throw new DamagedRowException(id, e);
    }
  }

  /** The task in the current row of {@link #SELECT_TASK}. */
  static StoredTask task(ResultSet row) throws SQLException, DamagedRowException {
    TaskId id = new TaskId(row.getLong(1));
    try {
      return task(id, row);
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new DamagedRowException(id, e);
    }
  }

  private static StoredTask task(TaskId id, ResultSet row)
      throws SQLException, InvalidProtocolBufferException {
    TaskState state = stateOf(row.getInt(11));
    boolean held = !state.isFinal();
    long queuedAt = row.getLong(16);
    return new StoredTask(
        id,
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        body(row),
        state,
        row.getInt(12),
        row.getString(13),
        held ? row.getString(14) : null,
        held ? row.getLong(15) : 0,
        queuedAt == 0 ? id.createdAtMillis() : queuedAt,
        held ? row.getLong(17) : 0,
        historyOf(row.getBytes(18)),
        row.getLong(19),
        failureOf(row.getBytes(20)),
        resultOf(row));
  }

  private static TaskBody body(ResultSet row) throws SQLException, InvalidProtocolBufferException {
    long retryOf = row.getLong(7);
    boolean repeats = !row.wasNull();
    return new TaskBody(
        StoredSpec.parse(UnsafeByteOperations.unsafeWrap(row.getBytes(9))),
        row.getString(8),
        Objects.requireNonNullElse(bytes(row, 10), ByteString.EMPTY),
        repeats ? new TaskId(retryOf) : null);
  }

  static ImmutableList<AttemptRecord> historyOf(byte @Nullable [] bytes)
      throws InvalidProtocolBufferException {
    if (bytes == null) {
      return ImmutableList.of();
    }
    ImmutableList.Builder<AttemptRecord> attempts = ImmutableList.builder();
    for (Attempt attempt : Task.parseFrom(bytes).getAttemptsList()) {
      attempts.add(CoreProtos.fromProto(attempt));
    }
    return attempts.build();
  }

  private static @Nullable Failure failureOf(byte @Nullable [] bytes)
      throws InvalidProtocolBufferException {
    return bytes == null ? null : CoreProtos.fromProto(io.reefmesh.v1.Failure.parseFrom(bytes));
  }

  private static @Nullable ResultBody resultOf(ResultSet row)
      throws SQLException, InvalidProtocolBufferException {
    byte[] usage = row.getBytes(23);
    ResultBody body =
        new ResultBody(
            row.getString(21), bytes(row, 22), usage == null ? null : Usage.parseFrom(usage));
    return TaskFold.resultOf(body);
  }

  /** Not copied: the driver made the array for us alone. */
  private static @Nullable ByteString bytes(ResultSet row, int column) throws SQLException {
    byte[] bytes = row.getBytes(column);
    return bytes == null ? null : UnsafeByteOperations.unsafeWrap(bytes);
  }
}
