package io.reefmesh.client;

/** Nodes being followed. Thread-safe. */
public sealed interface NodeWatch extends AutoCloseable permits ResumingNodeWatch {

  /** Stops following. After a callback that is under way no other follows. */
  @Override
  void close();
}
