package io.reefmesh.bench.mesh;

import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import java.util.concurrent.TimeUnit;

/** Waits for as many nanoseconds as its payload begins with: a capacity that slots set. */
public final class SleepHandler implements TaskHandler {

  /** Its task type. */
  public static final String TYPE = "bench-sleep";

  private static final long MOST_NANOS = TimeUnit.MINUTES.toNanos(10);

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public TaskOutput handle(TaskContext context) throws InterruptedException {
    long nanos = Stamps.read(context.payload()).orElse(0);
    TimeUnit.NANOSECONDS.sleep(Math.min(nanos, MOST_NANOS));
    return TaskOutput.data(Stamps.stamped(context.payload().size(), System.nanoTime()));
  }
}
