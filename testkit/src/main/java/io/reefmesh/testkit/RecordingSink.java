package io.reefmesh.testkit;

import io.reefmesh.balancer.Effect;
import io.reefmesh.gateway.engine.EffectSink;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Records the effects that an engine lets out. Thread-safe. */
public final class RecordingSink implements EffectSink {

  private final List<Effect> released = new CopyOnWriteArrayList<>();
  private final AtomicInteger flushes = new AtomicInteger();

  @Override
  public void release(Effect effect) {
    released.add(effect);
  }

  @Override
  public void flush() {
    flushes.incrementAndGet();
  }

  /** What was let out so far, in order. */
  public List<Effect> released() {
    return List.copyOf(released);
  }

  /** How often a commit's effects were all out. */
  public int flushes() {
    return flushes.get();
  }
}
