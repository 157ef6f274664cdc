package io.reefmesh.node;

/** A handler of a few words. */
class PlainHandler implements TaskHandler {

  /** What it does. */
  @FunctionalInterface
  interface Work {
    TaskOutput handle(TaskContext context) throws Exception;
  }

  private final String type;
  private final Work work;

  PlainHandler(String type, Work work) {
    this.type = type;
    this.work = work;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public TaskOutput handle(TaskContext context) throws Exception {
    return work.handle(context);
  }
}
