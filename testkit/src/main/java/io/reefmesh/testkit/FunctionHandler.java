package io.reefmesh.testkit;

import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;

/** A handler made of a function. */
public final class FunctionHandler implements TaskHandler {

  private final String type;
  private final Work work;

  /** What a handler does. */
  @FunctionalInterface
  public interface Work {

    /** Runs one attempt. */
    TaskOutput run(TaskContext context) throws Exception;
  }

  /** A handler of this type that does this work. */
  public FunctionHandler(String type, Work work) {
    this.type = type;
    this.work = work;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public TaskOutput handle(TaskContext context) throws Exception {
    return work.run(context);
  }
}
