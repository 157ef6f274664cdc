package io.reefmesh.gateway.engine;

import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Opaque;

/**
 * Where an answer goes. Called once, on the engine's thread, when everything the answer is based on
 * is durable: be quick, never block.
 */
@FunctionalInterface
public interface ReplyTo extends Opaque {

  /** Takes the answer. */
  void accept(Answer answer);
}
