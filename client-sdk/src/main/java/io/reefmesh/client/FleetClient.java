package io.reefmesh.client;

import io.reefmesh.client.RetryCore.AfterTimeout;
import io.reefmesh.v1.DrainNodeRequest;
import io.reefmesh.v1.DrainNodeResponse;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.GetMeshRequest;
import io.reefmesh.v1.GetMeshResponse;
import io.reefmesh.v1.GetNodeRequest;
import io.reefmesh.v1.GetNodeResponse;
import io.reefmesh.v1.ListNodesRequest;
import io.reefmesh.v1.ListNodesResponse;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.RemoveNodeRequest;
import io.reefmesh.v1.RemoveNodeResponse;
import io.reefmesh.v1.ResumeNodeRequest;
import io.reefmesh.v1.ResumeNodeResponse;
import io.reefmesh.v1.WatchNodesRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The nodes and the mesh as a whole. Thread-safe. Blocking methods throw {@link MeshException},
 * also when the thread is interrupted (the interrupt stays set).
 */
public final class FleetClient {

  /** The largest page a gateway gives. */
  private static final int PAGE_SIZE = 1_000;

  private final GatewayCalls calls;

  FleetClient(GatewayCalls calls) {
    this.calls = calls;
  }

  /** All nodes, by id. */
  public List<Node> listNodes() {
    return listNodes(ListNodesRequest.getDefaultInstance());
  }

  /** All nodes that match, by id; page size and token of the request are not used. */
  public List<Node> listNodes(ListNodesRequest filter) {
    List<Node> nodes = new ArrayList<>();
    new Pages<>(token -> page(filter, token)).forEach(nodes::add);
    return List.copyOf(nodes);
  }

  /**
   * One node.
   *
   * @throws NodeNotFoundException if the mesh does not know it
   */
  public Node getNode(String id) {
    return Waiting.briefly(getNodeAsync(id));
  }

  /** One node; fails with {@link NodeNotFoundException} if the mesh does not know it. */
  public CompletableFuture<Node> getNodeAsync(String id) {
    return calls.unary(
        FleetServiceGrpc.getGetNodeMethod(),
        GetNodeRequest.newBuilder().setId(id).build(),
        AfterTimeout.FAIL,
        GetNodeResponse::getNode);
  }

  /**
   * Follows nodes: all that match as they stand, then every change.
   *
   * @param request which nodes; an empty one means all
   */
  public NodeWatch watchNodes(WatchNodesRequest request, NodeListener listener) {
    return new ResumingNodeWatch(calls, request, listener).start();
  }

  /**
   * Lets a node finish what it has and gives it nothing new, until {@link #resume}. Returns at
   * once.
   *
   * @param reason why, for people; at most 256 characters
   * @throws NodeNotFoundException if the mesh does not know the node
   */
  public Node drain(String id, String reason) {
    return Waiting.briefly(drainOnce(id, reason, false));
  }

  /**
   * The same, and completes when the node holds nothing any more. Completes with a {@link
   * MeshTimeoutException} when that took longer than {@code atMost}; the node goes on draining
   * then, and also when the future is cancelled. Fails with a {@link MeshException} of code ABORTED
   * when the node was resumed or removed meanwhile.
   */
  public CompletableFuture<Node> drainUntilEmpty(String id, String reason, Duration atMost) {
    TimeLimits.require(atMost, "time to drain");
    return drainUntil(id, reason, calls.nanoTime() + atMost.toNanos());
  }

  private CompletableFuture<Node> drainUntil(String id, String reason, long endNanos) {
    return drainOnce(id, reason, true)
        .exceptionallyCompose(
            failure ->
                isTimeout(failure) && calls.nanoTime() - endNanos < 0
                    ? drainUntil(id, reason, endNanos)
                    : CompletableFuture.failedFuture(failure));
  }

  private static boolean isTimeout(Throwable failure) {
    return failure instanceof MeshTimeoutException
        || failure.getCause() instanceof MeshTimeoutException;
  }

  private CompletableFuture<Node> drainOnce(String id, String reason, boolean wait) {
    return calls.unary(
        FleetServiceGrpc.getDrainNodeMethod(),
        DrainNodeRequest.newBuilder().setId(id).setReason(reason).setWait(wait).build(),
        AfterTimeout.FAIL,
        DrainNodeResponse::getNode);
  }

  /**
   * Takes back {@link #drain}, and gives the node work again whatever failed on it.
   *
   * @throws NodeNotFoundException if the mesh does not know the node
   */
  public Node resume(String id) {
    return Waiting.briefly(
        calls.unary(
            FleetServiceGrpc.getResumeNodeMethod(),
            ResumeNodeRequest.newBuilder().setId(id).build(),
            AfterTimeout.REPEAT,
            ResumeNodeResponse::getNode));
  }

  /**
   * Forgets a node. Its link ends; what it runs moves to other nodes, and counts as an attempt.
   *
   * @param force also when it is linked and holds tasks
   * @return how many tasks moved
   * @throws NodeNotFoundException if the mesh does not know the node
   * @throws MeshException of code FAILED_PRECONDITION if it is at work and {@code force} is false
   */
  public int remove(String id, boolean force) {
    return Waiting.briefly(
        calls.unary(
            FleetServiceGrpc.getRemoveNodeMethod(),
            RemoveNodeRequest.newBuilder().setId(id).setForce(force).build(),
            AfterTimeout.FAIL,
            RemoveNodeResponse::getMovedTasks));
  }

  /** The mesh in figures. */
  public GetMeshResponse mesh() {
    return Waiting.briefly(meshAsync());
  }

  /** The mesh in figures. */
  public CompletableFuture<GetMeshResponse> meshAsync() {
    return calls.unary(
        FleetServiceGrpc.getGetMeshMethod(),
        GetMeshRequest.getDefaultInstance(),
        AfterTimeout.FAIL,
        answer -> answer);
  }

  private Pages.Page<Node> page(ListNodesRequest filter, String token) {
    return Waiting.briefly(
        calls.unary(
            FleetServiceGrpc.getListNodesMethod(),
            filter.toBuilder().setPageSize(PAGE_SIZE).setPageToken(token).build(),
            AfterTimeout.FAIL,
            FleetClient::read));
  }

  private static Pages.Page<Node> read(ListNodesResponse page) {
    return new Pages.Page<>(page.getNodesList(), page.getNextPageToken());
  }
}
