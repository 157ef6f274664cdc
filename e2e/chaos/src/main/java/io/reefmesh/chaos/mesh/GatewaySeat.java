package io.reefmesh.chaos.mesh;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The place of the gateway: its data, its clock, and the process that holds it now. One thread at a
 * time changes it.
 */
public final class GatewaySeat implements AutoCloseable {

  /** What a gateway ends with when its store broke. */
  public static final int STORE_BROKE = 74;

  private static final Duration READY_LIMIT = Duration.ofSeconds(150);

  private final MeshPlan plan;
  private final @Nullable WallClock clock;
  private final Consumer<String> unexpected;
  private final Consumer<@Nullable InetSocketAddress> moved;
  private @Nullable MeshProcess process;
  private volatile @Nullable String address;

  /**
   * A seat without a process.
   *
   * @param moved told where the gateway is, and when it is nowhere
   */
  GatewaySeat(
      MeshPlan plan, Consumer<String> unexpected, Consumer<@Nullable InetSocketAddress> moved) {
    this.plan = plan;
    this.unexpected = unexpected;
    this.moved = moved;
    this.clock =
        plan.clockLibrary().isPresent()
            ? new WallClock(plan.folder().resolve("gateway.clock"))
            : null;
  }

  /** Its wall clock, if that can be set. */
  public Optional<WallClock> clock() {
    return Optional.ofNullable(clock);
  }

  /** Where it listens, past all proxies; empty while there is none. */
  public Optional<String> address() {
    return Optional.ofNullable(address);
  }

  /** Starts a process and waits until it serves. */
  public void start() throws InterruptedException {
    launch();
    arrived(process().awaitReady(READY_LIMIT).get("grpc"));
  }

  /** Starts a process that may end by itself; false: it did, before it served. */
  public boolean tryToStart() throws InterruptedException {
    launch();
    process().expectEnd();
    if (!process().becomesReady(READY_LIMIT)) {
      return false;
    }
    arrived(process().awaitReady(READY_LIMIT).get("grpc"));
    return true;
  }

  private void arrived(@Nullable String grpc) {
    if (grpc == null) {
      throw new IllegalStateException("the gateway did not say its port");
    }
    address = grpc;
    moved.accept(
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(),
            Integer.parseInt(grpc.substring(grpc.lastIndexOf(':') + 1))));
  }

  private synchronized void launch() {
    List<String> command =
        new ArrayList<>(JavaProgram.jar(plan.gatewayJar(), plan.gatewayHeapMegabytes()));
    MeshTimes times = plan.times();
    command.addAll(
        List.of(
            "gateway",
            "--id=chaos",
            "--port=0",
            "--http-port=-1",
            "--data-dir=" + plan.dataDir(),
            "--set=node.beat=" + times.beat().toMillis() + "ms",
            "--set=node.silent-after=" + times.silentAfter().toMillis() + "ms",
            "--set=node.grace=" + times.grace().toMillis() + "ms",
            "--set=drain-timeout=1s",
            "--stop-with=" + ProcessHandle.current().pid()));
    Map<String, String> environment =
        clock == null ? Map.of() : clock.environment(plan.clockLibrary().orElseThrow());
    process =
        MeshProcess.start(
            "gateway", command, environment, plan.folder().resolve("gateway.log"), unexpected);
  }

  /** The process that runs, or ran last. */
  public synchronized MeshProcess process() {
    if (process == null) {
      throw new IllegalStateException("the gateway was never started");
    }
    return process;
  }

  /** To be called when the process is gone: nobody is led to it any more. */
  public void gone() {
    address = null;
    moved.accept(null);
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
  }
}
