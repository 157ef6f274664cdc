package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.GetMeshRequest;
import io.reefmesh.v1.GetMeshResponse;
import io.reefmesh.v1.GetNodeRequest;
import io.reefmesh.v1.GetNodeResponse;
import io.reefmesh.v1.ListNodesRequest;
import io.reefmesh.v1.ListNodesResponse;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.NodeState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FleetClientTest {

  private final Fleet fleet = new Fleet();
  private final InProcessMesh mesh = new InProcessMesh(fleet);
  private final FleetClient client = mesh.client().fleet();

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
  }

  @Test
  void shouldListNodesOfAllPages() {
    assertThat(client.listNodes()).extracting(Node::getId).containsExactly("n0", "n1", "n2");
    assertThat(fleet.asked)
        .extracting(ListNodesRequest::getPageToken)
        .containsExactly("", "1", "2");
  }

  @Test
  void shouldKeepTheFilterOnEveryPage() {
    ListNodesRequest draining =
        ListNodesRequest.newBuilder().addStates(NodeState.NODE_STATE_DRAINING).build();

    client.listNodes(draining);

    assertThat(fleet.asked)
        .hasSize(3)
        .allMatch(request -> request.getStatesList().equals(draining.getStatesList()));
  }

  @Test
  void shouldGiveOneNodeAndTheMesh() {
    assertThat(client.getNode("n1").getSlots()).isEqualTo(1);
    assertThat(client.mesh().getGatewayId()).isEqualTo("reef");
    assertThatThrownBy(() -> client.getNode("n9")).isInstanceOf(NodeNotFoundException.class);
  }

  /** Three nodes, one per page. */
  private static final class Fleet extends FleetServiceGrpc.FleetServiceImplBase {
    private final List<ListNodesRequest> asked = new ArrayList<>();

    @Override
    public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> out) {
      asked.add(request);
      int page = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      out.onNext(
          ListNodesResponse.newBuilder()
              .addNodes(node(page))
              .setNextPageToken(page < 2 ? String.valueOf(page + 1) : "")
              .build());
      out.onCompleted();
    }

    @Override
    public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> out) {
      int number = Integer.parseInt(request.getId().substring(1));
      if (number > 2) {
        out.onError(Status.NOT_FOUND.asRuntimeException());
      } else {
        out.onNext(GetNodeResponse.newBuilder().setNode(node(number)).build());
        out.onCompleted();
      }
    }

    @Override
    public void getMesh(GetMeshRequest request, StreamObserver<GetMeshResponse> out) {
      out.onNext(GetMeshResponse.newBuilder().setGatewayId("reef").build());
      out.onCompleted();
    }

    private static Node node(int number) {
      return Node.newBuilder().setId("n" + number).setSlots(number).build();
    }
  }
}
