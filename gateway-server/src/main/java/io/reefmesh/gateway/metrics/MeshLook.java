package io.reefmesh.gateway.metrics;

import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.MeshFigures;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.probe.HealthDoor;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Asks the engine for its figures, and waits some time for them. Thread-safe. */
final class MeshLook implements Supplier<Optional<MeshFigures>> {

  /** Well below the ten seconds that Prometheus gives a scrape. */
  private static final long PATIENCE_MILLIS = 2_000;

  private final Engine engine;
  private final HealthDoor health;

  MeshLook(Engine engine, HealthDoor health) {
    this.engine = engine;
    this.health = health;
  }

  @Override
  public Optional<MeshFigures> get() {
    if (health.state() == HealthDoor.State.STARTING || !engine.isRunning()) {
      return Optional.empty();
    }
    CompletableFuture<MeshFigures> figures = new CompletableFuture<>();
    ReplyTo replyTo = answer -> figures.complete(((Answer.Figures) answer).figures());
    engine.post(new Event.LookAtMesh(replyTo));
    try {
      return Optional.of(figures.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
    } catch (TimeoutException | ExecutionException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
