package io.reefmesh.client;

import io.reefmesh.v1.Task;
import java.util.concurrent.CompletableFuture;

/** A task being followed. Thread-safe. */
public sealed interface TaskWatch extends AutoCloseable permits ResumingWatch {

  /** The task's id. */
  String taskId();

  /**
   * Where the watch has got to: another watch, also of another process, goes on from here. Empty
   * before the first event.
   */
  String cursor();

  /**
   * The task in its final state, after the listener has heard of it. Completes exceptionally with a
   * {@link MeshException} when the watch broke, and as cancelled when it was closed.
   */
  CompletableFuture<Task> finished();

  /** Stops following; the task goes on. After a callback that is under way no other follows. */
  @Override
  void close();
}
