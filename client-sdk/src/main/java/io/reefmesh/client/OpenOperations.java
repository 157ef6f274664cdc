package io.reefmesh.client;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Everything a client has under way, so that closing it leaves nobody waiting. Thread-safe. */
final class OpenOperations {

  /** Something under way. */
  interface Operation {
    /** Ends it; whoever waits for it gets the cause. Called at most once, without locks held. */
    void abort(MeshException cause);
  }

  // Guarded by this.
  private final Set<Operation> open = new HashSet<>();
  private boolean closed;

  /** Notes the operation; false when the client is closed, and the operation must not begin. */
  synchronized boolean add(Operation operation) {
    return !closed && open.add(operation);
  }

  synchronized void remove(Operation operation) {
    open.remove(operation);
  }

  synchronized int size() {
    return open.size();
  }

  /** Aborts everything and lets nothing new in. Repeating it does nothing. */
  void abortAll(MeshException cause) {
    List<Operation> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(open);
      open.clear();
    }
    all.forEach(operation -> operation.abort(cause));
  }
}
