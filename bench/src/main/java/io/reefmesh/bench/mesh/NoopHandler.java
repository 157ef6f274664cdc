package io.reefmesh.bench.mesh;

import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;

/** Does nothing: its result is as long as its payload, and begins with the time of its start. */
public final class NoopHandler implements TaskHandler {

  /** Its task type. */
  public static final String TYPE = "bench-noop";

  private final String type;

  /** For {@link java.util.ServiceLoader}. */
  public NoopHandler() {
    this(TYPE);
  }

  /** The same under another name. */
  NoopHandler(String type) {
    this.type = type;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public TaskOutput handle(TaskContext context) {
    long startedNanos = System.nanoTime();
    return TaskOutput.data(Stamps.stamped(context.payload().size(), startedNanos));
  }
}
