package io.reefmesh.node;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.Map;

/** One attempt, as its handler sees it. Thread-safe. */
public interface TaskContext {

  /** The task's id: 13 characters. */
  String taskId();

  /** The attempt, 1, 2, 3, …: with the task's id it is the fencing token for outside effects. */
  int attempt();

  /** How many attempts may still follow this one. */
  int attemptsLeft();

  /** The task's type. */
  String type();

  /** The project it belongs to. */
  String project();

  /** The session it belongs to; empty: none. */
  String sessionId();

  /** The conversation so far, oldest message first; empty: none. */
  java.util.List<io.reefmesh.v1.SessionMessage> history();

  /** The task's labels. */
  Map<String, String> labels();

  /** Media type of the payload. */
  String contentType();

  /** What to work on. */
  ByteString payload();

  /** W3C trace context; empty: none. */
  String traceparent();

  /** How long this attempt may run. */
  Duration runTimeout();

  /** The node it runs on. */
  String nodeId();

  /**
   * Sends output to whoever watches. Never blocks. Text is cut between characters where needed.
   * Also counts as progress.
   */
  void output(OutputStreamKind kind, ByteString bytes);

  /** Sends text of an answer. */
  default void text(String text) {
    output(OutputStreamKind.TEXT, ByteString.copyFromUtf8(text));
  }

  /** Says that the work advances, with a note for people. */
  default void progress(String note) {
    output(OutputStreamKind.PROGRESS, ByteString.copyFromUtf8(note));
  }

  /** Whether the attempt was cancelled or timed out: the outcome will not be used. */
  boolean isCancelled();

  /**
   * Runs an action when the attempt is cancelled or times out, at once if it already is. For work
   * that an interrupt does not reach: child processes, sockets. Runs on the link's own executor: be
   * quick.
   */
  void onCancel(Runnable action);

  /** What a piece of output is. */
  enum OutputStreamKind {
    /** Text of an answer. */
    TEXT,
    /** Standard output of a program. */
    STDOUT,
    /** Standard error of a program. */
    STDERR,
    /** A structured event, UTF-8 JSON. */
    EVENT,
    /** A note for people. */
    PROGRESS
  }
}
