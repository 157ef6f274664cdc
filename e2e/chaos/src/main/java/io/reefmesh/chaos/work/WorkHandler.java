package io.reefmesh.chaos.work;

import io.reefmesh.chaos.work.Effect.Kind;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Does what a {@link WorkOrder} says and leaves traces of it. Thread-safe. */
final class WorkHandler implements TaskHandler {

  private final EffectFile effects;
  private final String node;
  private final int life;
  private final CountDownLatch released;

  /**
   * A handler.
   *
   * @param released opened when all work is to end at once
   */
  WorkHandler(EffectFile effects, String node, int life, CountDownLatch released) {
    this.effects = effects;
    this.node = node;
    this.life = life;
    this.released = released;
  }

  @Override
  public String type() {
    return WorkOrder.TYPE;
  }

  @Override
  public TaskOutput handle(TaskContext context) throws Exception {
    WorkOrder order = WorkOrder.decode(context.payload());
    String task = context.taskId();
    int attempt = context.attempt();
    effects.append(Kind.BEGUN, task, attempt);
    try {
      work(order, context);
    } catch (InterruptedException e) {
      effects.append(Kind.STOPPED, task, attempt);
      throw e;
    }
    if (attempt <= order.failFirst()) {
      effects.append(Kind.FAILED, task, attempt);
      throw new TaskFailedException(
          WorkOrder.ORDERED_FAILURE, "attempt " + attempt + " was ordered to fail", true);
    }
    effects.append(Kind.DONE, task, attempt);
    return TaskOutput.text(Effect.result(task, attempt, node, life));
  }

  private void work(WorkOrder order, TaskContext context) throws InterruptedException {
    long slice = order.workMillis() / (order.chunks() + 1);
    for (int i = 0; i < order.chunks(); i++) {
      pause(slice);
      context.text(WorkOrder.chunk(context.attempt(), i));
    }
    pause(order.workMillis() - slice * order.chunks());
  }

  private void pause(long millis) throws InterruptedException {
    if (released.await(millis, TimeUnit.MILLISECONDS) && Thread.interrupted()) {
      throw new InterruptedException();
    }
  }
}
