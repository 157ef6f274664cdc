package io.reefmesh.client;

import io.reefmesh.client.RetryCore.AfterTimeout;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.GetMeshRequest;
import io.reefmesh.v1.GetMeshResponse;
import io.reefmesh.v1.GetNodeRequest;
import io.reefmesh.v1.GetNodeResponse;
import io.reefmesh.v1.ListNodesRequest;
import io.reefmesh.v1.ListNodesResponse;
import io.reefmesh.v1.Node;
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
