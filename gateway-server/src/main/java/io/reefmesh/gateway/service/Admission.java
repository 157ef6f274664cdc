package io.reefmesh.gateway.service;

import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.engine.Engine;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Whether new tasks are taken now. */
public final class Admission {

  private volatile Refusals.@Nullable Absence absence = Refusals.Absence.STARTING;

  /** New tasks are taken. */
  public void open() {
    absence = null;
  }

  /** New tasks are refused, for this reason. */
  public void close(Refusals.Absence why) {
    absence = why;
  }

  /**
   * Lets a question to the engine in.
   *
   * @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED while too much waits, UNAVAILABLE
   *     when the engine has stopped
   */
  static void checkRoom(Engine engine) {
    if (!engine.isRunning()) {
      throw Refusals.unavailable(Refusals.Absence.DRAINING);
    }
    if (!engine.hasRoom()) {
      throw Refusals.overloaded(
          Refusals.Limit.ENGINE, Engine.mailboxLimit(), Duration.ofSeconds(1));
    }
  }

  /**
   * Lets a new task in.
   *
   * @throws io.grpc.StatusRuntimeException UNAVAILABLE when none is taken
   */
  void check() {
    Refusals.Absence why = absence;
    if (why != null) {
      throw Refusals.unavailable(why);
    }
  }
}
