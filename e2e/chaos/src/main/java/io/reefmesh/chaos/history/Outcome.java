package io.reefmesh.chaos.history;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What readers saw of a task's end: the first sight, and every later one that differs from it.
 * Readers of lists see neither payload nor result, so these are compared apart. The time of the
 * first output is left out: it is not kept over a gateway's restart, and says so. Thread-safe.
 */
public final class Outcome {

  private static final Set<TaskState> FINAL =
      Set.of(
          TaskState.TASK_STATE_SUCCEEDED,
          TaskState.TASK_STATE_FAILED,
          TaskState.TASK_STATE_CANCELLED,
          TaskState.TASK_STATE_EXPIRED);

  private static final int MOST_CONFLICTS = 5;

  private final ByteString first;
  private final String firstSeenBy;
  private final long firstSeenNanos;

  // Guarded by this.
  private @Nullable ByteString result;
  private final List<String> conflicts = new ArrayList<>();
  private int sights = 1;

  /**
   * The first sight.
   *
   * @param full whether payload and result are in it
   */
  Outcome(Task task, boolean full, String seenBy, long nanos) {
    this.first = bytes(bare(task));
    this.firstSeenBy = seenBy;
    this.firstSeenNanos = nanos;
    if (full) {
      result = bytes(task.getResult());
    }
  }

  /** Whether a task has ended. */
  public static boolean isFinal(Task task) {
    return FINAL.contains(task.getState());
  }

  /** A later sight. */
  synchronized void seenAgain(Task task, boolean full, String seenBy) {
    sights++;
    ByteString now = bytes(bare(task));
    if (!now.equals(first)) {
      conflict(seenBy, task().toString(), bare(task).toString());
    }
    if (!full) {
      return;
    }
    ByteString nowResult = bytes(task.getResult());
    if (result == null) {
      result = nowResult;
    } else if (!nowResult.equals(result)) {
      conflict(seenBy, "result " + result, "result " + nowResult);
    }
  }

  private void conflict(String seenBy, String before, String now) {
    if (conflicts.size() < MOST_CONFLICTS) {
      conflicts.add(firstSeenBy + " saw {" + before + "}, then " + seenBy + " saw {" + now + "}");
    }
  }

  /** The task as it was first seen to be over, without payload and result. */
  public Task task() {
    try {
      return Task.parseFrom(first);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new IllegalStateException("what was just written cannot be read", e);
    }
  }

  /** The result as text; empty if there is none, or no full reader came by. */
  public synchronized String result() {
    try {
      return result == null
          ? ""
          : io.reefmesh.v1.Payload.parseFrom(result).getData().toStringUtf8();
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new IllegalStateException("what was just written cannot be read", e);
    }
  }

  /** Whether a reader saw it whole. */
  public synchronized boolean wasSeenWhole() {
    return result != null;
  }

  /** When it was first seen. */
  public long firstSeenNanos() {
    return firstSeenNanos;
  }

  /** How often it was seen. */
  public synchronized int sights() {
    return sights;
  }

  /** Sights that differ from the first. */
  public synchronized List<String> conflicts() {
    return List.copyOf(conflicts);
  }

  private static Task bare(Task task) {
    Task.Builder bare = task.toBuilder().clearResult().clearFirstOutputTime();
    bare.getSpecBuilder().clearPayload();
    return bare.build();
  }

  private static ByteString bytes(Message message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteString.copyFrom(bytes);
  }
}
