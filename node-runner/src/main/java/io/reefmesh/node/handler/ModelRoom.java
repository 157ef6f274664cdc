package io.reefmesh.node.handler;

import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskRefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets calls to an endpoint's models through while the models have room.
 *
 * <p>A model without room is left alone for as long as its endpoint says, and the task is handed
 * back at no cost: with its whole type if the model is the node's own choice, alone if the payload
 * chose it, since other models may have room. Thread-safe.
 */
final class ModelRoom {

  /** A call to a model. */
  interface Call<T> {
    T make() throws IOException, InterruptedException, TaskFailedException;
  }

  private final ModelCooldowns cooldowns;

  ModelRoom(LongSupplier nanoTime) {
    this.cooldowns = new ModelCooldowns(nanoTime);
  }

  /**
   * Makes a call, unless the model is left alone.
   *
   * @param chosenByPayload whether the payload names a model that is not the node's own choice
   * @throws TaskRefusedException if the model has no room
   */
  <T> T ask(String model, boolean chosenByPayload, Call<T> call)
      throws IOException, InterruptedException, TaskFailedException, TaskRefusedException {
    TaskRefusedException.Scope scope =
        chosenByPayload ? TaskRefusedException.Scope.TASK : TaskRefusedException.Scope.TYPE;
    Duration left = cooldowns.remaining(model);
    if (!left.isZero()) {
      throw new TaskRefusedException(
          "Model "
              + PayloadFields.shortened(model)
              + " had no room a moment ago and is left alone for another "
              + left.toSeconds()
              + " s",
          left,
          scope);
    }
    try {
      T answer = call.make();
      cooldowns.end(model);
      return answer;
    } catch (ModelOverloadedException e) {
      throw new TaskRefusedException(
          String.valueOf(e.getMessage()), cooldowns.begin(model, e.retryAfter()), scope);
    }
  }
}
