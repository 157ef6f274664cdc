package io.reefmesh.gateway.service;

import com.google.common.collect.Iterables;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.reefmesh.balancer.NodeView;
import io.reefmesh.gateway.door.NodeRenderer;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.v1.DrainNodeResponse;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call that waits until a node that drains holds nothing any more, or its deadline passes. */
final class DrainWait implements NodeFeed.Reader {

  private static final Logger log = LoggerFactory.getLogger(DrainWait.class);

  private final String nodeId;
  private final ServerCallStreamObserver<DrainNodeResponse> stream;
  private final NodeFeed feed;
  private final AtomicBoolean over = new AtomicBoolean();

  /** Owned by the feed's thread. */
  private boolean seenDraining;

  /** Sets the call up; called before the service method returns. */
  DrainWait(String nodeId, ServerCallStreamObserver<DrainNodeResponse> stream, NodeFeed feed) {
    this.nodeId = nodeId;
    this.stream = stream;
    this.feed = feed;
    stream.setOnCancelHandler(this::end);
  }

  /** The node drains from now on: begins to wait. On the engine's thread. */
  void begin(NodeView drained) {
    if (drained.held().isEmpty()) {
      answer(drained);
      return;
    }
    try {
      feed.join(this, NodeFeed.From.NOW);
      if (over.get()) {
        feed.leave(this);
      }
    } catch (StatusRuntimeException tooMany) {
      refuse(tooMany);
    }
  }

  @Override
  public void changed(Iterable<String> nodeIds) {
    if (!Iterables.contains(nodeIds, nodeId)) {
      return;
    }
    NodeView node = feed.find(nodeId);
    // What the feed knew from before the drain says nothing.
    seenDraining |= node != null && node.drained();
    if (node == null || (seenDraining && !node.drained())) {
      refuse(Refusals.drainTakenBack(nodeId));
    } else if (seenDraining && node.held().isEmpty()) {
      answer(node);
    }
  }

  /** The node as it stands is what the caller wants to know. */
  void answer(NodeView node) {
    if (end()) {
      try {
        stream.onNext(DrainNodeResponse.newBuilder().setNode(NodeRenderer.render(node)).build());
        stream.onCompleted();
      } catch (RuntimeException e) {
        log.debug("nobody waits for node {} any more", nodeId, e);
      }
    }
  }

  void refuse(StatusRuntimeException why) {
    if (end()) {
      try {
        stream.onError(why);
      } catch (RuntimeException e) {
        log.debug("nobody waits for node {} any more", nodeId, e);
      }
    }
  }

  private boolean end() {
    boolean first = over.compareAndSet(false, true);
    if (first) {
      feed.leave(this);
    }
    return first;
  }
}
