package io.reefmesh.bench.mesh;

import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;

/** Sends output at the pace that its payload, an {@link Emission}, says. */
public final class OutputHandler implements TaskHandler {

  /** Its task type. */
  public static final String TYPE = "bench-output";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public TaskOutput handle(TaskContext context) {
    // Where in the interval it falls is given by its id, so that many do not emit all at once.
    int number = Math.floorMod(context.taskId().hashCode() * 31, 1_000);
    Emission.decode(context.payload())
        .run(number, 1_000, chunk -> context.output(TaskContext.OutputStreamKind.EVENT, chunk));
    return TaskOutput.text("");
  }
}
