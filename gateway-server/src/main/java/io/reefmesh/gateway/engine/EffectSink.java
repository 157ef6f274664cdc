package io.reefmesh.gateway.engine;

import io.reefmesh.balancer.Effect;

/** Takes effects that may leave. Called on the engine's thread: be quick, never block. */
public interface EffectSink {

  /** One effect, in order. Never {@link Effect.Persist} or {@link Effect.Reply}. */
  void release(Effect effect);

  /** The effects of one commit have all been released: send what was gathered. */
  void flush();
}
