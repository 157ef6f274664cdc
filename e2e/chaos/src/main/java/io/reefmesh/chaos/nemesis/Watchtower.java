package io.reefmesh.chaos.nemesis;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.reefmesh.chaos.client.Load;
import io.reefmesh.chaos.history.History;
import io.reefmesh.chaos.history.Submission;
import io.reefmesh.chaos.mesh.ChaosMesh;
import io.reefmesh.client.CallRetry;
import io.reefmesh.client.MeshChannels;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.MeshTarget;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.NodeState;
import io.reefmesh.v1.Task;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Looks at the mesh past all proxies, to see when it is well again. Each look is a new connection:
 * what it sees is the gateway's doing and not that of a back-off of its own. Thread-safe.
 */
public final class Watchtower {

  private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(2);
  private static final long LOOK_EVERY_MILLIS = 20;
  private static final Set<NodeState> LINKED =
      EnumSet.of(
          NodeState.NODE_STATE_ONLINE, NodeState.NODE_STATE_BUSY, NodeState.NODE_STATE_UNHEALTHY);

  private final ChaosMesh mesh;
  private final History history;
  private final Load load;

  /** A tower over this mesh; what it submits is in the history, too. */
  public Watchtower(ChaosMesh mesh, History history, Load load) {
    this.mesh = mesh;
    this.history = history;
    this.load = load;
  }

  /**
   * Submits until a task is acknowledged.
   *
   * @return when that was, on the monotonic clock; empty if it did not happen in time
   */
  public Optional<Long> firstAcknowledged(Duration limit) throws InterruptedException {
    Submission canary = newCanary();
    return until(limit, () -> submitOnce(canary));
  }

  /** Waits until the gateway's health service says SERVING. */
  public Optional<Long> serving(Duration limit) throws InterruptedException {
    return until(limit, this::isServing);
  }

  /** Waits until a node is linked and alive. */
  public Optional<Long> linked(String nodeId, String incarnation, Duration limit)
      throws InterruptedException {
    return until(limit, () -> isLinked(nodeId, incarnation));
  }

  /** Whether a node is linked now; any process life of it if the incarnation is empty. */
  public boolean isLinked(String nodeId, String incarnation) {
    try (MeshClient client = newClient()) {
      Node node = client.fleet().getNode(nodeId);
      return LINKED.contains(node.getState())
          && (incarnation.isEmpty() || node.getIncarnation().equals(incarnation));
    } catch (MeshException e) {
      return false;
    }
  }

  /** A client that makes one attempt per call, straight to the gateway. */
  public MeshClient newClient() {
    // While there is no gateway a dial to this address is refused at once.
    String address = mesh.gateway().address().orElse("127.0.0.1:1");
    return MeshClient.builder()
        .target(address)
        .retry(CallRetry.none())
        .callTimeout(LOOK_TIMEOUT)
        .build();
  }

  private synchronized Submission newCanary() {
    Submission canary = load.small(0);
    history.invoked(canary);
    return canary;
  }

  private boolean submitOnce(Submission canary) {
    try (MeshClient client = newClient()) {
      TaskHandle handle = client.submit(canary.spec(), new SubmitOptions(canary.requestId()));
      Task task = handle.submitted().join();
      handle.detach();
      history.acknowledged(canary, task);
      return true;
    } catch (MeshException | CompletionException e) {
      return false;
    }
  }

  private boolean isServing() {
    Optional<String> address = mesh.gateway().address();
    if (address.isEmpty()) {
      return false;
    }
    ManagedChannel channel = MeshChannels.dial(MeshTarget.of(address.get()));
    try {
      return HealthGrpc.newBlockingStub(channel)
              .withDeadlineAfter(LOOK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus()
          == ServingStatus.SERVING;
    } catch (io.grpc.StatusRuntimeException e) {
      return false;
    } finally {
      channel.shutdownNow();
    }
  }

  private static Optional<Long> until(Duration limit, BooleanSupplier holds)
      throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      if (holds.getAsBoolean()) {
        return Optional.of(System.nanoTime());
      }
      if (System.nanoTime() > end) {
        return Optional.empty();
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    }
  }
}
