package io.reefmesh.chaos.mesh;

import io.reefmesh.chaos.proxy.FaultyProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The place of one node: its id, its proxy, its clock, and the process that holds it now. Whoever
 * harms a node has taken its seat before, so one thread at a time changes it.
 */
public final class NodeSeat implements AutoCloseable {

  private static final Duration READY_LIMIT = Duration.ofSeconds(150);

  private final MeshPlan plan;
  private final String id;
  private final FaultyProxy proxy;
  private final @Nullable WallClock clock;
  private final Consumer<String> unexpected;
  private int life;
  private @Nullable MeshProcess process;

  NodeSeat(MeshPlan plan, String id, Consumer<String> unexpected) {
    this.plan = plan;
    this.id = id;
    this.unexpected = unexpected;
    this.proxy = new FaultyProxy(id);
    this.clock =
        plan.clockLibrary().isPresent()
            ? new WallClock(plan.folder().resolve(id + ".clock"))
            : null;
  }

  /** The node's id. */
  public String id() {
    return id;
  }

  /** What stands between it and the gateway. */
  public FaultyProxy proxy() {
    return proxy;
  }

  /** Its wall clock, if that can be set. */
  public Optional<WallClock> clock() {
    return Optional.ofNullable(clock);
  }

  /** The process life that runs, or ran last: 1, 2, 3, … */
  public synchronized int life() {
    return life;
  }

  /** Starts the next process life; it is not linked yet. */
  public synchronized void start() {
    life++;
    List<String> command = new ArrayList<>(JavaProgram.again(plan.nodeHeapMegabytes()));
    command.addAll(
        List.of(
            "node",
            "--gateway=" + proxy.address(),
            "--id=" + id,
            "--life=" + life,
            "--slots=" + plan.slots(),
            "--effects=" + plan.effects(),
            "--release=" + plan.release(),
            "--stop-millis=" + plan.stopTimeout().toMillis()));
    Map<String, String> environment =
        clock == null ? Map.of() : clock.environment(plan.clockLibrary().orElseThrow());
    process =
        MeshProcess.start(id, command, environment, plan.folder().resolve(id + ".log"), unexpected);
  }

  /** The process that runs, or ran last. */
  public synchronized MeshProcess process() {
    if (process == null) {
      throw new IllegalStateException("node " + id + " was never started");
    }
    return process;
  }

  /** Waits until it is linked for the first time and gives its incarnation. */
  public String awaitReady() throws InterruptedException {
    String incarnation = process().awaitReady(READY_LIMIT).get("incarnation");
    return incarnation == null ? "" : incarnation;
  }

  @Override
  public void close() {
    MeshProcess last;
    synchronized (this) {
      last = process;
    }
    if (last != null) {
      last.destroy();
    }
    proxy.close();
  }
}
