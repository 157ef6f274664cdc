package io.reefmesh.node.handler;

import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext;
import io.reefmesh.v1.SessionMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** An attempt that records what its handler says, and that can be cancelled. Thread-safe. */
final class RecordingContext implements TaskContext {

  private final String type;
  private final String contentType;
  private final ByteString payload;
  private final List<SessionMessage> history = new ArrayList<>();
  private final Map<OutputStreamKind, ByteString> outputs = new EnumMap<>(OutputStreamKind.class);
  private final List<String> texts = new ArrayList<>();
  private final List<Runnable> onCancel = new ArrayList<>();
  private Duration runTimeout = Duration.ofMinutes(5);
  private String sessionId = "";
  private String project = "default";
  private boolean cancelled;

  RecordingContext(String type, String contentType, ByteString payload) {
    this.type = type;
    this.contentType = contentType;
    this.payload = payload;
  }

  static RecordingContext json(String type, String json) {
    return new RecordingContext(type, "application/json", ByteString.copyFromUtf8(json));
  }

  static RecordingContext text(String type, String text) {
    return new RecordingContext(type, "text/plain; charset=utf-8", ByteString.copyFromUtf8(text));
  }

  RecordingContext inSession(String id, String... rolesAndContents) {
    sessionId = id;
    for (int i = 0; i < rolesAndContents.length; i += 2) {
      history.add(
          SessionMessage.newBuilder()
              .setRole(rolesAndContents[i])
              .setContent(rolesAndContents[i + 1])
              .build());
    }
    return this;
  }

  RecordingContext ofProject(String name) {
    project = name;
    return this;
  }

  RecordingContext withRunTimeout(Duration timeout) {
    runTimeout = timeout;
    return this;
  }

  /** Cancels, as a link does; the test interrupts the thread if it wants to. */
  void cancel() {
    List<Runnable> actions;
    synchronized (this) {
      cancelled = true;
      actions = List.copyOf(onCancel);
    }
    actions.forEach(Runnable::run);
  }

  synchronized ByteString outputOf(OutputStreamKind kind) {
    return outputs.getOrDefault(kind, ByteString.EMPTY);
  }

  /** The pieces of text, one by one. */
  synchronized List<String> texts() {
    return List.copyOf(texts);
  }

  /** Waits until the output of a kind is as wanted. */
  synchronized String awaitOutput(OutputStreamKind kind, Predicate<String> wanted)
      throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!wanted.test(outputOf(kind).toStringUtf8())) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        throw new TimeoutException("output is " + outputOf(kind).toStringUtf8());
      }
      wait(left);
    }
    return outputOf(kind).toStringUtf8();
  }

  @Override
  public String taskId() {
    return "0123456789abc";
  }

  @Override
  public int attempt() {
    return 2;
  }

  @Override
  public int attemptsLeft() {
    return 1;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public String project() {
    return project;
  }

  @Override
  public String sessionId() {
    return sessionId;
  }

  @Override
  public List<SessionMessage> history() {
    return List.copyOf(history);
  }

  @Override
  public Map<String, String> labels() {
    return Map.of();
  }

  @Override
  public String contentType() {
    return contentType;
  }

  @Override
  public ByteString payload() {
    return payload;
  }

  @Override
  public String traceparent() {
    return "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  }

  @Override
  public Duration runTimeout() {
    return runTimeout;
  }

  @Override
  public String nodeId() {
    return "node \"7\"";
  }

  @Override
  public synchronized void output(OutputStreamKind kind, ByteString bytes) {
    outputs.merge(kind, bytes, ByteString::concat);
    if (kind == OutputStreamKind.TEXT) {
      texts.add(bytes.toStringUtf8());
    }
    notifyAll();
  }

  @Override
  public synchronized boolean isCancelled() {
    return cancelled;
  }

  @Override
  public void onCancel(Runnable action) {
    boolean already;
    synchronized (this) {
      onCancel.add(action);
      already = cancelled;
    }
    if (already) {
      action.run();
    }
  }
}
