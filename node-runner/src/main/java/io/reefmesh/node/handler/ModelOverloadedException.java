package io.reefmesh.node.handler;

import io.reefmesh.node.TaskFailedException;
import java.time.Duration;

/** A model endpoint has no room for this call now. Nothing of the answer was given. */
final class ModelOverloadedException extends TaskFailedException {

  /** {@code retryAfter} is what the endpoint asked for; zero: it did not say. */
  ModelOverloadedException(String message, Duration retryAfter) {
    super("MODEL_OVERLOADED", message, true, retryAfter);
  }
}
