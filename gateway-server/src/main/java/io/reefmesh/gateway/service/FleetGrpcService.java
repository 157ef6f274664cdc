package io.reefmesh.gateway.service;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.MeshFigures;
import io.reefmesh.balancer.NodeView;
import io.reefmesh.gateway.door.NodeRenderer;
import io.reefmesh.gateway.door.PageTokens;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.store.CoreProtos;
import io.reefmesh.v1.DrainNodeRequest;
import io.reefmesh.v1.DrainNodeResponse;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.GetMeshRequest;
import io.reefmesh.v1.GetMeshResponse;
import io.reefmesh.v1.GetNodeRequest;
import io.reefmesh.v1.GetNodeResponse;
import io.reefmesh.v1.ListNodesRequest;
import io.reefmesh.v1.ListNodesResponse;
import io.reefmesh.v1.NodeCount;
import io.reefmesh.v1.QueueDepth;
import io.reefmesh.v1.RemoveNodeRequest;
import io.reefmesh.v1.RemoveNodeResponse;
import io.reefmesh.v1.ResumeNodeRequest;
import io.reefmesh.v1.ResumeNodeResponse;
import io.reefmesh.v1.TaskCount;
import io.reefmesh.v1.WatchNodesRequest;
import io.reefmesh.v1.WatchNodesResponse;
import java.util.List;
import java.util.Optional;

/** The operators' door: the nodes and the mesh as a whole. */
public final class FleetGrpcService extends FleetServiceGrpc.FleetServiceImplBase {

  private static final int DEFAULT_PAGE = 100;
  private static final int MAX_REASON = 256;
  private static final int MAX_WATCHED_IDS = 1_000;

  private final Engine engine;
  private final NodeFeed feed;
  private final GetMeshResponse constants;
  private final int maxPage;
  private final OutcomeRate rate = new OutcomeRate();

  /**
   * @param feed for calls that follow nodes
   * @param constants what never changes: names, versions, strategy, store
   */
  public FleetGrpcService(Engine engine, NodeFeed feed, GetMeshResponse constants, int maxPage) {
    this.engine = engine;
    this.feed = feed;
    this.constants = constants;
    this.maxPage = maxPage;
  }

  @Override
  public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> observer) {
    Reply<ListNodesResponse> reply = new Reply<>(observer);
    Admission.checkRoom(engine);
    int size = request.getPageSize() == 0 ? DEFAULT_PAGE : request.getPageSize();
    if (size < 1 || size > maxPage) {
      throw Refusals.invalid("page_size", "must be from 1 to " + maxPage + ", or absent");
    }
    Optional<String> after = PageTokens.readNodes(request);
    ReplyTo replyTo =
        answer -> reply.send(page(request, size, after, ((Answer.Nodes) answer).nodes()));
    engine.post(new Event.LookAtNodes(replyTo));
  }

  @Override
  public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> observer) {
    Reply<GetNodeResponse> reply = new Reply<>(observer);
    Admission.checkRoom(engine);
    String id = required(request.getId());
    ReplyTo replyTo =
        answer ->
            reply.sendOrRefuse(
                () ->
                    ((Answer.Nodes) answer)
                        .nodes().stream()
                            .findFirst()
                            .map(NodeRenderer::render)
                            .map(node -> GetNodeResponse.newBuilder().setNode(node).build())
                            .orElseThrow(() -> Refusals.notFound("node", id)));
    engine.post(new Event.LookAtNodes(replyTo, id, 0));
  }

  @Override
  public void watchNodes(WatchNodesRequest request, StreamObserver<WatchNodesResponse> observer) {
    if (request.getNodeIdsCount() > MAX_WATCHED_IDS) {
      throw Refusals.invalid("node_ids", "must be at most " + MAX_WATCHED_IDS);
    }
    new NodeWatch(
            request,
            (ServerCallStreamObserver<WatchNodesResponse>) observer,
            feed,
            engine.clock()::nowMillis)
        .begin();
  }

  @Override
  public void drainNode(DrainNodeRequest request, StreamObserver<DrainNodeResponse> observer) {
    Admission.checkRoom(engine);
    String id = required(request.getId());
    if (request.getReason().length() > MAX_REASON
        || request.getReason().chars().anyMatch(Character::isISOControl)) {
      throw Refusals.invalid(
          "reason", "must be at most " + MAX_REASON + " characters, none a control character");
    }
    DrainWait wait =
        new DrainWait(id, (ServerCallStreamObserver<DrainNodeResponse>) observer, feed);
    ReplyTo replyTo =
        answer -> {
          if (answer instanceof Answer.Node drained && request.getWait()) {
            wait.begin(drained.node());
          } else if (answer instanceof Answer.Node drained) {
            wait.answer(drained.node());
          } else {
            wait.refuse(Refusals.notFound("node", id));
          }
        };
    engine.post(new Event.DrainNode(replyTo, id, request.getReason()));
  }

  @Override
  public void resumeNode(ResumeNodeRequest request, StreamObserver<ResumeNodeResponse> observer) {
    Reply<ResumeNodeResponse> reply = new Reply<>(observer);
    Admission.checkRoom(engine);
    String id = required(request.getId());
    ReplyTo replyTo =
        answer -> {
          if (answer instanceof Answer.Node resumed) {
            reply.send(
                ResumeNodeResponse.newBuilder()
                    .setNode(NodeRenderer.render(resumed.node()))
                    .build());
          } else {
            reply.refuse(Refusals.notFound("node", id));
          }
        };
    engine.post(new Event.ResumeNode(replyTo, id));
  }

  @Override
  public void removeNode(RemoveNodeRequest request, StreamObserver<RemoveNodeResponse> observer) {
    Reply<RemoveNodeResponse> reply = new Reply<>(observer);
    Admission.checkRoom(engine);
    String id = required(request.getId());
    ReplyTo replyTo =
        answer -> {
          if (answer instanceof Answer.NodeRemoved removed) {
            reply.send(RemoveNodeResponse.newBuilder().setMovedTasks(removed.movedTasks()).build());
          } else if (answer instanceof Answer.NodeInUse inUse) {
            reply.refuse(Refusals.nodeAtWork(id, inUse.node().held().size()));
          } else {
            reply.refuse(Refusals.notFound("node", id));
          }
        };
    engine.post(new Event.RemoveNode(replyTo, id, request.getForce()));
  }

  private static String required(String id) {
    if (id.isEmpty()) {
      throw Refusals.invalid("id", "is required");
    }
    return id;
  }

  @Override
  public void getMesh(GetMeshRequest request, StreamObserver<GetMeshResponse> observer) {
    Reply<GetMeshResponse> reply = new Reply<>(observer);
    Admission.checkRoom(engine);
    ReplyTo replyTo = answer -> reply.send(mesh(((Answer.Figures) answer).figures()));
    engine.post(new Event.LookAtMesh(replyTo));
  }

  private static ListNodesResponse page(
      ListNodesRequest request, int size, Optional<String> after, List<NodeView> nodes) {
    ListNodesResponse.Builder response = ListNodesResponse.newBuilder();
    for (NodeView node : nodes) {
      if ((after.isPresent() && node.id().compareTo(after.get()) <= 0) || !matches(request, node)) {
        continue;
      }
      if (response.getNodesCount() == size) {
        String last = response.getNodes(size - 1).getId();
        return response.setNextPageToken(PageTokens.nodes(request, last)).build();
      }
      response.addNodes(NodeRenderer.render(node));
    }
    return response.build();
  }

  private static boolean matches(ListNodesRequest request, NodeView node) {
    return (request.getStatesCount() == 0
            || request.getStatesList().contains(CoreProtos.toProto(node.state())))
        && node.profile().capabilities().containsAll(request.getCapabilitiesList())
        && node.profile().labels().entrySet().containsAll(request.getLabelsMap().entrySet());
  }

  private GetMeshResponse mesh(MeshFigures figures) {
    long now = engine.clock().nowMillis();
    GetMeshResponse.Builder mesh =
        constants.toBuilder().setSlots(figures.slots()).setSlotsUsed(figures.slotsUsed());
    figures
        .nodes()
        .forEach(
            (state, count) ->
                mesh.addNodes(
                    NodeCount.newBuilder().setState(CoreProtos.toProto(state)).setCount(count)));
    long outcomes = 0;
    for (var entry : figures.tasks().entrySet()) {
      outcomes += entry.getKey().isFinal() ? entry.getValue() : 0;
      mesh.addTasks(
          TaskCount.newBuilder()
              .setState(CoreProtos.toProto(entry.getKey()))
              .setCount(entry.getValue()));
    }
    for (MeshFigures.Depth depth : figures.queue()) {
      mesh.addQueue(
          QueueDepth.newBuilder()
              .setType(depth.type())
              .setPriority(depth.priority())
              .setQueued(depth.queued())
              .setOldestAge(Durations.fromMillis(Math.max(0, now - depth.oldestAtMillis()))));
    }
    MeshFigures.Affinity affinity = figures.affinity();
    mesh.setSessionAffinityHits(affinity.hits())
        .setSessionAffinityMisses(affinity.misses())
        .setSessionAffinityWaits(affinity.waits())
        .setSessionAffinityWaitTime(Durations.fromMillis(affinity.waitedMillis()));
    return mesh.setOutcomesPerSecond(rate.note(now, outcomes))
        .setStartTime(Timestamps.fromMillis(engine.clock().startMillis()))
        .build();
  }
}
